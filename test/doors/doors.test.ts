import { afterEach, describe, expect, test } from '@jest/globals';
import { CodedError } from '../../shared/core/error.ts';
import type { JobStore } from '../../shared/ports/index.ts';
import { buryMessages } from '../../shared/wiring/doors/bury-messages.ts';
import type { Door } from '../../shared/wiring/doors/door.ts';
import { ringAlarms } from '../../shared/wiring/doors/ring-alarms.ts';
import { runNodes } from '../../shared/wiring/doors/run-nodes.ts';
import { serveRequests } from '../../shared/wiring/doors/serve-requests.ts';
import { sweepStore } from '../../shared/wiring/doors/sweep-store.ts';
import { aDoor, type DoorFixture, type HeldDoor } from './a-door.ts';
import { node, nodesOf } from './messages.ts';

const open: HeldDoor[] = [];
afterEach(async () => {
  for (const door of open.splice(0)) await door.close();
});

async function opened(door: Door, fixture?: DoorFixture): Promise<HeldDoor> {
  const held = await aDoor(door, fixture);
  open.push(held);
  return held;
}

/** Lets a request come in and what it starts happen, then moves the time on until it is answered. */
async function answered<T>({ clock }: HeldDoor, asked: Promise<T>, ms: number): Promise<T> {
  let isOver = false;
  void asked.finally(() => (isOver = true));
  for (let turn = 0; turn < 500 && !isOver && clock.sleepers === 0; turn++)
    await new Promise((done) => setImmediate(done));
  await clock.advance(ms);
  return asked;
}

/** Lets requests come in and what they start happen, without any time. */
async function turnsUntil(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000 && !holds(); turn++) await new Promise((done) => setImmediate(done));
}

describe('execute-nodes', () => {
  test('runs a chain to its end within one push and publishes nothing', async () => {
    const door = await opened(runNodes);
    const jobId = await door.submit([node('a'), node('b', 'a'), node('c', 'b')]);
    door.sent.length = 0;
    expect(await door.push(nodesOf(jobId, [0, 1]))).toBe(204);
    expect(await door.states(jobId)).toEqual(['completed', 'succeeded', 'succeeded', 'succeeded']);
    expect(door.sent).toEqual([]);
  });

  test('announces the retry of a node that failed before it answers', async () => {
    const handlers = { boom: () => Promise.reject(new Error('no money')) };
    const door = await opened(runNodes, { handlers });
    const jobId = await door.submit([
      { id: 'pay', type: 'function', handler: 'boom', retry: { strategy: 'fixed', delay: '2s', maxAttempts: 3 } },
    ]);
    await door.push(nodesOf(jobId, [0, 1]));
    const alarms = door.sent.filter(({ topic }) => topic === 'breakwater-alarms');
    expect(alarms.map(({ message }) => message['alarms'])).toEqual([[[jobId, 1_002_000]]]);
  });

  test('hands back what it began late and still runs when the time of its request is up', async () => {
    const handlers = { endless: () => new Promise<never>(() => {}) };
    const door = await opened(runNodes, { handlers, workMs: 30_000 });
    const jobId = await door.submit([
      { id: 'nap', type: 'function', handler: 'sleep', input: { ms: '20s' } },
      { id: 'pay', type: 'function', handler: 'endless', dependsOn: ['nap'] },
    ]);
    door.sent.length = 0;
    expect(await answered(door, door.push(nodesOf(jobId, [0, 1])), 30_000)).toBe(204);
    expect(await door.states(jobId)).toEqual(['queued', 'succeeded', 'ready']);
    expect(door.sent.map(({ message }) => message)).toMatchObject([{ kind: 'nodes', jobId, nodes: [[1, 2]] }]);
  });

  test('leaves a node to the one who holds it, and answers at once', async () => {
    const calls: ((said: string) => void)[] = [];
    const handlers = { pay: () => new Promise<string>((end) => calls.push(end)) };
    const one = await opened(runNodes, { handlers });
    const two = await opened(runNodes, { handlers, store: one.store, clock: one.clock });
    const jobId = await one.submit([{ id: 'pay', type: 'function', handler: 'pay' }]);
    const working = one.push(nodesOf(jobId, [0, 1]));
    await turnsUntil(() => calls.length > 0);
    const again = two.push(nodesOf(jobId, [0, 1]));
    await turnsUntil(() => two.answeredAt.length > 0);
    expect(two.answeredAt).toEqual([two.clock.now()]);
    calls[0]!('paid');
    await turnsUntil(() => one.answeredAt.length > 0);
    expect([await working, await again]).toEqual([204, 204]);
    expect(calls).toHaveLength(1);
    expect(await one.states(jobId)).toEqual(['completed', 'succeeded']);
  });

  test('keeps the lease of what takes longer, so that no sweep takes it away', async () => {
    const one = await opened(runNodes);
    const sweep = await opened(sweepStore, { store: one.store, clock: one.clock });
    const jobId = await one.submit([{ id: 'nap', type: 'function', handler: 'sleep', input: { ms: '5m' } }]);
    const working = one.push(nodesOf(jobId, [0, 1]));
    for (let minute = 0; minute < 4; minute++) {
      await answered(one, Promise.resolve(), 60_000);
      expect(await sweep.push({ kind: 'tick' })).toBe(204);
    }
    expect(await answered(one, working, 60_000)).toBe(204);
    const events = (await one.store.readAudit(jobId, 0, 100)).map(({ event, attempt }) => [event, attempt]);
    expect(events.filter(([, attempt]) => attempt !== undefined)).toEqual([
      ['claimed', 1],
      ['succeeded', 1],
    ]);
  });

  test('has sent all that it leads to before it answers', async () => {
    const handlers = { boom: () => Promise.reject(new Error('no money')) };
    const door = await opened(runNodes, { handlers, publishMs: 1_000 });
    const retry = { strategy: 'fixed', delay: '20s', jitter: 'none', maxAttempts: 3 };
    const submitting = door.submit([{ id: 'pay', type: 'function', handler: 'boom', retry }]);
    const jobId = await answered(door, submitting, 1_000);
    const begun = door.clock.now();
    expect(await answered(door, door.push(nodesOf(jobId, [0, 1])), 1_000)).toBe(204);
    expect(door.answeredAt).toEqual([begun + 1_000]);
    expect(door.sent.map(({ topic }) => topic)).toEqual(['breakwater-nodes', 'breakwater-alarms']);
  });

  test('begins nothing more of a job whose message it has answered', async () => {
    const door = await opened(runNodes);
    const parent = await door.submit([
      { id: 'child', type: 'job', job: { name: 'child', nodes: [node('a')] } },
      { id: 'nap', type: 'function', handler: 'sleep', input: { ms: '20s' }, dependsOn: ['child'] },
    ]);
    expect(await door.push(nodesOf(parent, [0, 1]))).toBe(204);
    const child = String(door.sent.at(-1)!.message['jobId']);
    expect(child).not.toBe(parent);
    expect(await door.push(nodesOf(child, [0, 1]))).toBe(204);
    expect(await door.states(parent)).toEqual(['queued', 'succeeded', 'ready']);
    expect(door.sent.at(-1)!.message).toMatchObject({ kind: 'nodes', jobId: parent, nodes: [[1, 1]] });
  });

  test('acknowledges what is no push at all, for it would come again for ever', async () => {
    const door = await opened(runNodes);
    for (const body of ['', 'hello', '[]', '{}', '{"message":{"data":7}}', '{"specversion":"1.0","type":"other"}'])
      expect((await door.request('/', { method: 'POST', body })).status).toBe(204);
    expect(door.lines).toHaveLength(6);
  });

  test('acknowledges nodes of a job that nobody knows, and says so in the log', async () => {
    const door = await opened(runNodes);
    expect(await door.push(nodesOf('nobody', [0, 1]))).toBe(204);
    expect(door.lines).toMatchObject([{ severity: 'WARNING', code: 'push_unknownJob', messageId: '7', count: 1 }]);
  });

  test('asks for the message again while the store is away', async () => {
    const door = await opened(runNodes);
    const jobId = await door.submit([node('a')]);
    const away = await opened(runNodes, { store: brokenStore(door.store) });
    expect(await answered(away, away.push(nodesOf(jobId, [0, 1])), 60_000)).toBe(503);
    expect(away.lines).toMatchObject([{ severity: 'ERROR', code: 'push_failed', cause: 'store_unavailable' }]);
    expect(await door.push(nodesOf(jobId, [0, 1]))).toBe(204);
    expect(await door.states(jobId)).toEqual(['completed', 'succeeded']);
  });

  test('carries the trace of a message on, and names it in the log', async () => {
    const door = await opened(runNodes);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await door.push(nodesOf('nobody', [0, 1]), { traceparent });
    const trace = 'projects/shop/traces/4bf92f3577b34da6a3ce929d0e0e4736';
    expect(door.lines).toMatchObject([{ 'logging.googleapis.com/trace': trace }]);
  });
});

describe('retry-scheduler', () => {
  test('holds each alarm until it is due, then publishes what became ready', async () => {
    const door = await opened(ringAlarms);
    const jobId = await door.submit([{ id: 'wait', type: 'delay', delay: '20s' }, node('then', 'wait')]);
    door.sent.length = 0;
    const asked = door.push({ schema: 1, kind: 'alarms', alarms: [[jobId, 1_020_000]] });
    await answered(door, Promise.resolve(), 19_999);
    expect((await door.states(jobId))[0]).toBe('waiting');
    expect(await answered(door, asked, 1)).toBe(204);
    expect(await door.states(jobId)).toEqual(['queued', 'succeeded', 'ready']);
    expect(door.sent.map(({ message }) => message)).toMatchObject([{ kind: 'nodes', jobId, nodes: [[1, 1]] }]);
  });

  test('leaves an alarm that is due after its request to the tick', async () => {
    const door = await opened(ringAlarms, { workMs: 10_000 });
    expect(await door.push({ schema: 1, kind: 'alarms', alarms: [['job', 1_010_001]] })).toBe(204);
    expect(door.clock.sleepers).toBe(0);
  });

  test('asks for the alarms again when one of the jobs could not be looked at', async () => {
    const whole = await opened(ringAlarms);
    const away = await opened(ringAlarms, { store: brokenStore(whole.store) });
    const asked = away.push({ schema: 1, kind: 'alarms', alarms: [['job', 1_000_000]] });
    expect(await answered(away, asked, 60_000)).toBe(503);
  });
});

describe('recovery-sweep', () => {
  test('J4: ticks alone finish a job none of whose messages arrived', async () => {
    const door = await opened(sweepStore);
    const jobId = await door.submit([
      node('a'),
      { id: 'wait', type: 'delay', delay: '1h', dependsOn: ['a'] },
      node('c', 'wait'),
    ]);
    expect(await door.states(jobId)).toEqual(['queued', 'ready', 'blocked', 'blocked']);
    let ticks = 0;
    for (; ticks < 100 && (await door.states(jobId))[0] !== 'completed'; ticks++) {
      await door.clock.advance(60_000);
      expect(await door.push({ kind: 'tick' })).toBe(204);
    }
    expect(ticks).toBeLessThan(65);
    expect(door.lines).toEqual([]);
  });

  test('has the alarms of the next minute held', async () => {
    const door = await opened(sweepStore);
    const jobId = await door.submit([{ id: 'wait', type: 'delay', delay: '10m' }]);
    await door.clock.advance(9 * 60_000);
    await door.push('');
    const alarms = door.sent
      .filter(({ topic }) => topic === 'breakwater-alarms')
      .map(({ message }) => message['alarms']);
    expect(alarms).toEqual([[[jobId, 1_600_000]]]);
  });

  test('asks for the tick again while the store is away', async () => {
    const whole = await opened(sweepStore);
    const away = await opened(sweepStore, { store: brokenStore(whole.store) });
    expect(await answered(away, away.push({ kind: 'tick' }), 60_000)).toBe(503);
  });
});

describe('dead-letters', () => {
  test("takes an attempt from the message's nodes and keeps its text in their audit", async () => {
    const door = await opened(buryMessages);
    const jobId = await door.submit([{ ...node('a'), retry: { nonRetryable: ['dead_letter'] } }]);
    expect(await door.push(nodesOf(jobId, [0, 1]))).toBe(204);
    expect(await door.states(jobId)).toEqual(['failed', 'failed']);
    const audit = await door.store.readAudit(jobId, 0, 100);
    const { failure } = audit.find(({ event }) => event === 'undeliverable')!;
    expect(failure).toMatchObject({ code: 'dead_letter' });
    expect(JSON.stringify(failure)).toContain(JSON.stringify(JSON.stringify(nodesOf(jobId, [0, 1]))).slice(1, -1));
  });

  test('acknowledges what names no nodes, and says in the log what it was', async () => {
    const door = await opened(buryMessages);
    expect(await door.push('who knows')).toBe(204);
    expect(await door.push({ schema: 1, kind: 'alarms', alarms: [['job', 1]] })).toBe(204);
    expect(door.lines).toMatchObject([
      { code: 'letter_unreadable', message: expect.stringContaining('who knows') },
      { code: 'letter_without_nodes' },
    ]);
  });
});

describe('api', () => {
  const json = { 'content-type': 'application/json' };

  test('has published what a job needs before it answers, and runs nothing itself', async () => {
    const door = await opened(serveRequests);
    const body = JSON.stringify({ name: 'order', nodes: [node('a')] });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const response = await door.request('/api/v3/jobs', { method: 'POST', headers: { ...json, traceparent }, body });
    expect(response.status).toBe(201);
    const { jobId } = (await response.json()) as { jobId: string };
    expect(door.sent).toMatchObject([{ topic: 'breakwater-nodes', message: { jobId }, attributes: { traceparent } }]);
    expect(await door.states(jobId)).toEqual(['queued', 'ready']);
  });

  test('answers a submit only once its nodes are with Pub/Sub', async () => {
    const door = await opened(serveRequests, { publishMs: 1_000 });
    const body = JSON.stringify({ name: 'order', nodes: [node('a')] });
    const begun = door.clock.now();
    const asked = door.request('/api/v3/jobs', { method: 'POST', headers: json, body });
    expect((await answered(door, asked, 1_000)).status).toBe(201);
    expect(door.answeredAt).toEqual([begun + 1_000]);
    expect(door.sent).toHaveLength(1);
  });

  test('takes a request without a body', async () => {
    const door = await opened(serveRequests);
    const jobId = await door.submit([{ id: 'wait', type: 'signal' }]);
    const response = await door.request(`/api/v3/jobs/${jobId}/cancel`, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await door.states(jobId)).toEqual(['aborted', 'cancelled']);
  });

  test('streams what happens to a job while it happens', async () => {
    const door = await opened(serveRequests);
    const jobId = await door.submit([{ id: 'wait', type: 'signal' }]);
    const stream = await door.request(`/api/v3/jobs/${jobId}/events`);
    const told = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await told.read()).value).toContain('event: submitted');
    await told.cancel();
  });

  test('is well although it was never started', async () => {
    const door = await opened(serveRequests);
    expect((await door.request('/health')).status).toBe(200);
  });
});

function brokenStore(store: JobStore): JobStore {
  const broken = () => Promise.reject(new CodedError('store_unavailable', 'the store is away'));
  return { ...store, load: broken, commit: broken, findDue: broken };
}
