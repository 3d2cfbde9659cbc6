import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jobPath } from '../../shared/adapters/firestore/layout.ts';
import { ensureTopics } from '../../shared/adapters/pubsub/ensure-topics.ts';
import type { PushDoor } from '../../shared/adapters/pubsub/topology.ts';
import { dropSubscriptions } from '../../shared/wiring/fleet/drop-subscriptions.ts';
import { anSdk } from '../support/a-firestore.ts';
import { describeCloud, pubsubHost, uniqueProject } from '../support/emulators.ts';
import {
  type BuiltDoor,
  buildPackage,
  clock,
  forms,
  openAbyss,
  type Package,
  send,
  spawnDoor,
  startBuiltDoor,
} from './built-doors.ts';
import { node, nodesOf } from './messages.ts';

const handlers = `
import { OrchestrationError } from 'breakwater';

export const flaky = (_, { jobId, nodeId, attempt }) => {
  if (attempt < 2) throw new OrchestrationError('too_early', 'not yet', { jobId, nodeId });
  return 'done at last';
};
`;
const pushDoors = ['execute-nodes', 'retry-scheduler', 'recovery-sweep', 'dead-letters'] as const;
type DoorName = 'api' | (typeof pushDoors)[number];
type Doors = Readonly<Record<DoorName, BuiltDoor>>;
const doorNames: readonly DoorName[] = ['api', ...pushDoors];

describeCloud('the doors as they are deployed', () => {
  let built: Package | undefined;
  const closing: (() => unknown)[] = [];
  const project = uniqueProject();
  let doors: Doors;
  let forgotten: string;
  let away: ReturnType<typeof askWhileAway>;

  beforeAll(async () => {
    built = buildPackage(handlers);
    doors = await startDoors(project);
    // Whatever is published is acknowledged by somebody who does nothing.
    const abyss = await openAbyss();
    closing.push(abyss.close);
    await subscribe(project, () => abyss.url);
    forgotten = await submit(doors, [node('a'), node('b', 'a')]);
    away = askWhileAway();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    built?.remove();
  });

  async function start(door: DoorName, env: Readonly<Record<string, string>>): Promise<BuiltDoor> {
    const started = startBuiltDoor(built!, door, env);
    closing.push(started.stop);
    return started.listening;
  }

  async function subscribe(projectId: string, urlOf: (door: PushDoor) => string): Promise<void> {
    closing.push(() => dropSubscriptions(projectId, pubsubHost()));
    await ensureTopics({ projectId, emulatorHost: pubsubHost(), urlOf });
  }

  /** It tries for a while before it gives up; the other tests go on meanwhile. */
  async function askWhileAway() {
    const env = { BREAKWATER_PROJECT: project, FIRESTORE_EMULATOR_HOST: '127.0.0.1:9' };
    const door = await start('execute-nodes', env);
    return { door, status: send(door.url, 'push', nodesOf(forgotten, [0, 1])) };
  }

  async function startDoors(inProject: string): Promise<Doors> {
    const started = doorNames.map(async (name) => [name, await start(name, { BREAKWATER_PROJECT: inProject })]);
    return Object.fromEntries(await Promise.all(started)) as Doors;
  }

  test('the API reads YAML, whose reader is loaded late, and names the place where it is none', async () => {
    const send = async (body: string) => {
      const headers = { 'content-type': 'application/yaml' };
      const response = await fetch(`${doors.api.url}/api/v3/jobs`, { method: 'POST', headers, body });
      return { status: response.status, ...((await response.json()) as object) };
    };
    const job = 'name: order\nnodes: [{ id: go, type: signal }]\n';
    expect(await send(job)).toMatchObject({ status: 201, jobId: expect.any(String) });
    const bad = { code: 'malformed_body', detail: expect.stringContaining('no YAML at line 3') };
    expect(await send('name: order\nnodes: [{ id: go\n')).toMatchObject({ status: 400, ...bad });
  });

  test.each(Object.keys(forms) as (keyof typeof forms)[])('execute-nodes runs the nodes of a %s', async (form) => {
    const jobId = await submit(doors, [node('a'), node('b', 'a')]);
    expect(await send(doors['execute-nodes'].url, form, nodesOf(jobId, [0, 1]))).toBe(204);
    expect(await stateOf(doors, jobId)).toBe('completed');
  });

  test.each(Object.keys(forms) as (keyof typeof forms)[])('retry-scheduler holds the alarms of a %s', async (form) => {
    const jobId = await submit(doors, [{ id: 'wait', type: 'delay', delay: '400ms' }]);
    const at = Math.ceil(clock.now() + 500);
    expect(await send(doors['retry-scheduler'].url, form, { schema: 1, kind: 'alarms', alarms: [[jobId, at]] })).toBe(
      204,
    );
    expect(clock.now()).toBeGreaterThanOrEqual(at);
    expect(await stateOf(doors, jobId)).toBe('completed');
  });

  test('recovery-sweep alone finishes a job whose messages were all thrown away', async () => {
    // A ready node that nobody takes is looked at after 5 s.
    for (let ticks = 0; ticks < 40 && (await stateOf(doors, forgotten)) !== 'completed'; ticks++) {
      await clock.sleep(250);
      expect(await send(doors['recovery-sweep'].url, 'CloudEvent in structured mode', { kind: 'tick' })).toBe(204);
    }
    expect(await stateOf(doors, forgotten)).toBe('completed');
  }, 30_000);

  test.each(Object.keys(forms) as (keyof typeof forms)[])(
    'dead-letters takes an attempt for a %s, whose text stays in the audit',
    async (form) => {
      const jobId = await submit(doors, [{ ...node('a'), retry: { nonRetryable: ['dead_letter'] } }]);
      expect(await send(doors['dead-letters'].url, form, nodesOf(jobId, [0, 1]))).toBe(204);
      expect(await stateOf(doors, jobId)).toBe('failed');
      const audit = await (await fetch(`${doors.api.url}/api/v3/jobs/${jobId}/audit`)).text();
      expect(audit.replaceAll('\\', '')).toContain(JSON.stringify(nodesOf(jobId, [0, 1])));
    },
  );

  test.each<[string, () => unknown]>([
    ['push_unknownJob', () => nodesOf('nobody', [0, 1])],
    ['push_newerSchema', () => ({ ...nodesOf('nobody', [0, 1]), schema: 99 })],
    ['push_notJson', () => 'hello'],
    ['push_wrongDoor', () => ({ schema: 1, kind: 'alarms', alarms: [['nobody', 1]] })],
  ])('a message that a retry cannot help is acknowledged, logged and counted: %s', async (code, message) => {
    const door = doors['execute-nodes'];
    const told = () => door.lines().filter((line) => line['code'] === code);
    const before = told().length;
    expect(await send(door.url, 'push', message())).toBe(204);
    await until(() => told().length > before);
    expect(told().at(-1)).toMatchObject({
      severity: 'WARNING',
      door: 'execute-nodes',
      count: before + 1,
      messageId: '7',
    });
  });

  test('a job of a newer Breakwater is told in words, listed, and asked for by no message again', async () => {
    const jobId = await submit(doors, [node('a')]);
    const sdk = anSdk(project);
    await sdk.doc(jobPath(jobId)).update({ schema: 99 });
    await sdk.terminate();
    const messages = {
      'execute-nodes': nodesOf(jobId, [0, 1]),
      'retry-scheduler': { schema: 1, kind: 'alarms', alarms: [[jobId, 1]] },
      'dead-letters': nodesOf(jobId, [0, 1]),
    } as const;
    for (const [name, message] of Object.entries(messages)) {
      const door = doors[name as keyof typeof messages];
      expect([name, await send(door.url, 'push', message)]).toEqual([name, 204]);
      await until(() => door.lines().some(({ code }) => code === 'push_unreadableJob'));
    }
    const ask = async (path: string) => (await fetch(`${doors.api.url}/api/v3/jobs${path}`)).json();
    const detail = expect.stringMatching(`Job ${jobId} was written by a newer Breakwater`);
    expect(await ask(`/${jobId}`)).toMatchObject({ code: 'job_unreadable', detail });
    expect(await ask('?size=1')).toMatchObject({ jobs: [{ jobId, name: 'order' }] });
  });

  test('what is no valid event of Pub/Sub is acknowledged, too', async () => {
    const door = doors['execute-nodes'];
    const statuses = [];
    for (const body of ['{}', '[]', '{"specversion":"1.0","type":"other","data":{}}', '{"message":{"data":7}}']) {
      const headers = { 'content-type': 'application/json' };
      statuses.push((await fetch(door.url, { method: 'POST', headers, body })).status);
    }
    expect(statuses).toEqual([204, 204, 204, 204]);
    await until(() => door.lines().some(({ code }) => code === 'push_otherEvent'));
  });

  test('a retry policy with a name lies in Firestore, and a job keeps the version that it was submitted with', async () => {
    const ask = async (method: string, path: string, given?: object, more: Readonly<Record<string, string>> = {}) => {
      const headers = { 'content-type': 'application/json', ...more };
      const body = given === undefined ? {} : { body: JSON.stringify(given) };
      const answer = await fetch(`${doors.api.url}/api/v3${path}`, { method, headers, ...body });
      return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
    };
    const policy = { strategy: 'fixed', delay: '5s', maxAttempts: 4 };
    expect(await ask('POST', '/retry-policies', { name: 'careful', policy })).toMatchObject({ status: 201 });
    const jobId = await submit(doors, [{ ...node('a'), retry: 'careful' }]);
    const next = { ...policy, delay: '9s' };
    expect(await ask('PUT', '/retry-policies/careful', next, { 'if-match': '"1"' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect((await ask('GET', `/jobs/${jobId}/spec`)).body).toMatchObject({
      nodes: [{ retry: { delay: 5_000, policy: { name: 'careful', version: 1 } } }],
    });
    const unknown = { name: 'x', nodes: [{ ...node('a'), retry: 'careless' }] };
    expect(await ask('POST', '/jobs', unknown)).toMatchObject({ status: 400, body: { code: 'invalid_job' } });
  });

  test('while the store cannot be reached, a message is asked for again', async () => {
    const { door, status } = await away;
    expect(await status).toBe(503);
    await until(() => door.lines().some(({ cause }) => cause === 'store_unavailable'));
  }, 60_000);

  test('a whole job goes from the API by real pushes to its end, over a retry and a delay', async () => {
    const whole = uniqueProject();
    const linked = await startDoors(whole);
    await subscribe(whole, (door) => linked[door].url);
    const jobId = await submit(linked, [
      { id: 'flaky', type: 'function', handler: 'flaky', retry: { strategy: 'fixed', delay: '200ms', jitter: 'none' } },
      { id: 'wait', type: 'delay', delay: '200ms', dependsOn: ['flaky'] },
      node('last', 'wait'),
    ]);
    await until(async () => (await stateOf(linked, jobId)) === 'completed');
    const told = await (await fetch(`${linked.api.url}/api/v3/jobs/${jobId}/nodes/flaky`)).text();
    expect(told).toContain('done at last');
    expect(doorNames.flatMap((name) => linked[name].lines())).toEqual([]);
  }, 60_000);

  test.each([undefined, 'function', 'apii'])(
    'FUNCTION_TARGET=%s ends the start, and says which doors there are',
    async (target) => {
      const { ended, said } = spawnDoor(built!.source, 'api', target === undefined ? {} : { FUNCTION_TARGET: target });
      expect(await ended).toBe(1);
      expect(said()).toContain(`one of the doors: ${doorNames.join(', ')}`);
    },
  );

  test('wrong settings end the start, every one in words', async () => {
    const env = { FUNCTION_TARGET: 'api', BREAKWATER_LEASE: 'long', BREAKWATER_STORE: 'firestore' };
    const { ended, said } = spawnDoor(built!.source, 'api', env);
    expect(await ended).toBe(1);
    for (const variable of ['BREAKWATER_LEASE: ', 'BREAKWATER_PROJECT: ']) expect(said()).toContain(variable);
  });
});

async function submit({ api }: Doors, nodes: readonly object[]): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'order', nodes });
  const response = await fetch(`${api.url}/api/v3/jobs`, { method: 'POST', headers, body });
  const { jobId } = (await response.json()) as { jobId?: string };
  if (jobId === undefined) throw new Error(`the job was not taken: ${response.status}`);
  return jobId;
}

async function stateOf({ api }: Doors, jobId: string): Promise<string> {
  const { state } = (await (await fetch(`${api.url}/api/v3/jobs/${jobId}`)).json()) as { state: string };
  return state;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = clock.now() + 20_000; !(await holds()); await clock.sleep(50)) {
    if (clock.now() > end) throw new Error('it has not come to pass within 20 s');
  }
}
