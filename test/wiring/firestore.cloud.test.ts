import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeCloud, firestoreHost, uniqueProject } from '../support/emulators.ts';
import { aDirectory, runCommand, startCommand } from './a-process.ts';

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
    expect(reads).toBeLessThan(60);
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
