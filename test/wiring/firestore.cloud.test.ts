import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FirestoreStore } from '../../shared/adapters/firestore/open.ts';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../shared/adapters/machine/random.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { applyToDraft, closeDraft, newJob, openDraft } from '../../shared/jobs/index.ts';
import { readConfig } from '../../shared/wiring/config.ts';
import { openStore } from '../../shared/wiring/open-store.ts';
import { openGate } from '../cloud/gate.ts';
import { aFirestore } from '../support/a-firestore.ts';
import { aJob } from '../support/a-job.ts';
import { describeCloud, firestoreHost, uniqueProject } from '../support/emulators.ts';
import { aDirectory, runCommand, startCommand } from './a-process.ts';

const clock = createMachineClock();

const chain = `name: chain
nodes:
  - { id: a, type: function, handler: noop }
  - { id: b, type: function, handler: noop, dependsOn: [a] }
`;

describeCloud('breakwater run --store firestore', () => {
  let dir: ReturnType<typeof aDirectory>;
  beforeEach(() => {
    dir = aDirectory();
  });
  afterEach(() => dir[Symbol.dispose]());

  const jobFile = (text: string) => {
    const path = join(dir.path, 'job.yaml');
    writeFileSync(path, text);
    return path;
  };
  const emulator = () => ({ FIRESTORE_EMULATOR_HOST: firestoreHost() });

  test('reports as on the embedded store, with what Firestore was asked for', async () => {
    const store = `firestore:${uniqueProject()}`;
    const args = ['run', jobFile(chain), '--json', '--store'];
    const [here, there] = await Promise.all([
      runCommand([...args, 'memory']),
      runCommand([...args, store], emulator()),
    ]);
    const [embedded, stored] = [here, there].map(({ out }) => JSON.parse(out) as Record<string, object>);
    expect(Object.keys(stored!)).toEqual(Object.keys(embedded!));
    expect(Object.keys(stored!['store']!)).toEqual(Object.keys(embedded!['store']!));
    expect(stored).toMatchObject({ state: 'completed', store: { deletes: 0, conflicts: 0 }, fsyncs: 0 });
    const { writes, reads } = stored!['store'] as { writes: number; reads: number };
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThan(10);
    // Three to look for an unfinished run, and one each time that somebody asks for the job: a second more is one read more.
    expect(reads).toBeLessThan(10);
  }, 30_000);

  test('a run that was stopped goes on with its job', async () => {
    const store = `firestore:${uniqueProject()}`;
    const args = ['run', jobFile('name: s\nnodes: [{ id: go, type: signal }]'), '--json', '--store', store];
    const first = startCommand(args, emulator());
    await first.whenErr('running s');
    first.child.kill('SIGINT');
    const { jobId, state } = JSON.parse((await first.ended).out) as { jobId: string; state: string };
    expect(state).toBe('waiting');
    const second = await runCommand([...args, '--signal', 'go=true'], emulator());
    expect(JSON.parse(second.out)).toMatchObject({ jobId, state: 'completed' });
  }, 30_000);

  describe('on a store where others work, too', () => {
    let project: string;
    let opened: FirestoreStore;
    beforeEach(async () => {
      project = uniqueProject();
      opened = await aFirestore({ project });
    });
    afterEach(() => opened.close());

    const runArgs = (text: string) => ['run', jobFile(text), '--json', '--store', `firestore:${project}`];

    test("leaves others' jobs alone, however long they have been ready", async () => {
      const long = clock.now() - 60_000;
      const parsed = parseJobSpec({ name: 'foreign', nodes: [{ id: 'a', type: 'function', handler: 'noop' }] }, long);
      if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
      const draft = openDraft(newJob({ id: 'foreign', spec: parsed.spec }, long), long);
      applyToDraft(draft, { kind: 'submitted' });
      const { after, audit } = closeDraft(draft);
      await opened.store.create(after, audit);
      const { out } = await runCommand(runArgs('name: own\nnodes: [{ id: wait, type: delay, delay: 1s }]'), emulator());
      expect(JSON.parse(out)).toMatchObject({ state: 'completed' });
      expect(await opened.store.load('foreign')).toEqual(after);
      expect(await opened.store.findDue(clock.now(), 5)).toMatchObject([{ jobId: 'foreign' }]);
    }, 30_000);

    const family = `name: family
nodes:
  - id: child
    type: job
    job:
      name: child
      nodes:
        - { id: nap, type: function, handler: sleep, input: { ms: 1500 } }
        - { id: then, type: function, handler: noop, dependsOn: [nap] }
  - { id: last, type: function, handler: noop, dependsOn: [child] }
`;

    test('works for the children of its job', async () => {
      const { out } = await runCommand(runArgs(family), emulator());
      expect(JSON.parse(out)).toMatchObject({ state: 'completed' });
    }, 30_000);

    test('that was killed goes on with its job and its children, as soon as their leases are over', async () => {
      const args = [...runArgs(family), '--lease', '1s'];
      const first = startCommand(args, emulator());
      const states = async () =>
        (await opened.store.list({ size: 5 })).jobs.map(({ name, state }) => `${name} ${state}`);
      while (!(await states()).includes('child running')) await clock.sleep(20);
      first.child.kill('SIGKILL');
      await first.ended;
      const from = clock.now();
      const { out, err } = await runCommand(args, emulator());
      expect(err).toContain('going on with job');
      expect(JSON.parse(out)).toMatchObject({ state: 'completed' });
      expect(clock.now() - from).toBeLessThan(15_000);
      expect((await states()).toSorted()).toEqual(['child completed', 'family completed']);
    }, 30_000);
  });

  test('outlives a store that is away for longer than any of its requests would wait', async () => {
    await using gate = await openGate(firestoreHost());
    const file = jobFile(
      'name: s\nnodes: [{ id: nap, type: function, handler: sleep, input: { ms: 2s } }, { id: then, type: function, handler: noop, dependsOn: [nap] }]',
    );
    const run = startCommand(['run', file, '--json', '--store', `firestore:${uniqueProject()}`], {
      FIRESTORE_EMULATOR_HOST: gate.host,
    });
    await run.whenErr('running s');
    gate.shut();
    await clock.sleep(12_000);
    gate.open();
    const { code, out, err } = await run.ended;
    expect(err).toContain('It is tried again for 20 s.');
    expect({ code, report: JSON.parse(out) as unknown }).toMatchObject({ code: 0, report: { state: 'completed' } });
  }, 40_000);

  test('each sweeper finds the jobs of its own shards, and together they find all', async () => {
    const project = uniqueProject();
    const partOf = async (part: string) => {
      const env = { BREAKWATER_STORE: `firestore:${project}`, BREAKWATER_SWEEP_SHARDS: part, ...emulator() };
      const read = readConfig({}, env);
      if (read.kind === 'faults') throw new Error(read.faults.join());
      return openStore(read.config.store, clock, machineRandom);
    };
    const sweepers = await Promise.all(['0-2', '3,4', '5-7', ''].map(partOf));
    const ids = Array.from({ length: 40 }, (_, at) => `job-${at}`);
    await Promise.all(ids.map((id) => sweepers[0]!.store.create(aJob(id).dueAt(5).build(), [])));
    const found = await Promise.all(sweepers.map(({ store }) => store.findDue(10, 100)));
    await Promise.all(sweepers.map(({ close }) => close()));
    const [first, second, third, all] = found.map((due) => due.map(({ jobId }) => jobId).toSorted());
    expect([first, second, third].map((part) => part!.length)).not.toContain(0);
    expect([...first!, ...second!, ...third!].toSorted()).toEqual(ids.toSorted());
    expect(all).toEqual(ids.toSorted());
  }, 30_000);

  test('without a project and without an emulator it says what to set', async () => {
    const { code, err } = await runCommand(['run', jobFile(chain), '--store', 'firestore']);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/firestore:PROJECT.*FIRESTORE_EMULATOR_HOST/),
    });
  });

  test('without an account it says how to log in', async () => {
    const env = { METADATA_SERVER_DETECTION: 'none', HOME: dir.path };
    const { code, err } = await runCommand(['run', jobFile(chain), '--store', 'firestore:nobodys-project'], env);
    expect(code).toBe(1);
    expect(err).toContain('gcloud auth application-default login');
  }, 30_000);
});
