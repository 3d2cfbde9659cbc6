import { describe, expect, test } from '@jest/globals';
import type { Handler } from '../../shared/engine/engine.ts';
import type { BulkheadSpec } from '../../shared/policy/bulkhead/index.ts';
import { anEngine } from '../support/an-engine.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { aFleet, call } from './a-fleet.ts';
import { guardsOn } from './guards-on.ts';

const inPool = (count: number, more: object = {}) => ({
  name: 'fan',
  nodes: Array.from({ length: count }, (_, at) => call(`n${at}`, { bulkhead: 'model', ...more })),
});

/** Calls that take so long; tells which began, and in which order. */
function calls(clock: HandClock, ms: number) {
  const begun: string[] = [];
  const work: Handler = async (_, { nodeId }) => {
    begun.push(nodeId);
    await clock.sleep(ms);
  };
  return { begun, work };
}

async function anEngineWithPool(spec: BulkheadSpec, callMs: number) {
  const clock = handClock();
  const { begun, work } = calls(clock, callMs);
  const held = await anEngine({
    clock,
    guards: guardsOn(clock, spec).engine,
    options: { alone: true },
    register: (engine) => engine.registerHandler('work', work),
  });
  const events = async (jobId: string, wanted: string) =>
    (await held.store.readAudit(jobId, 0, 100_000)).filter(({ event }) => event === wanted).length;
  return { ...held, begun, events };
}

describe('a wide job before a narrow bulkhead', () => {
  test.each([
    ['short', 50],
    ['usual', 1_000],
    ['longer than a wait', 90_000],
  ])('keeps it busy, and costs few words: calls are %s', async (_, callMs) => {
    const nodes = 120;
    const { submit, clock, engine, events } = await anEngineWithPool({ limit: 3, queueMost: 30 }, callMs);
    const jobId = await submit(inPool(nodes));
    await clock.advance(1.05 * (nodes / 3) * callMs);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
    expect(await events(jobId, 'claimed')).toBe(nodes + (await events(jobId, 'released')));
    expect(await events(jobId, 'postponed')).toBeLessThan(15 * nodes);
    // A wait is a minute: who is in line for longer is handed back about so often.
    expect(await events(jobId, 'released')).toBeLessThan((nodes * 33 * callMs) / 3 / 60_000 + 1);
  });

  test('claims no more nodes than it has room for', async () => {
    const { submit, states } = await anEngineWithPool({ limit: 3, queueMost: 5 }, 1_000);
    const jobId = await submit(inPool(50));
    expect(Object.values(await states(jobId)).filter((state) => state === 'running')).toHaveLength(8);
  });
});

test('a node ages from when it was ready, also where it was sent away and has come again', async () => {
  const clock = handClock();
  const { pools } = guardsOn(clock, { limit: 1, queueMost: 5, ageMs: 1_000 }).engine;
  const order: string[] = [];
  const enter = async (name: string, priority: number, readyAt: number) => {
    const giveUpAt = clock.now() + 10_000;
    const permit = await pools.enter('model', {
      ...{ jobId: name, priority, readyAt, giveUpAt, signal: new AbortController().signal },
    });
    order.push(permit.kind === 'permit' ? name : `${name} is refused`);
    return permit;
  };
  const holder = await enter('holder', 5, clock.now());
  void enter('low', 0, clock.now());
  void enter('normal', 5, clock.now());
  void enter('aged', 0, clock.now() - 3_000);
  if (holder.kind === 'permit') holder.release();
  await clock.advance(10_000);
  expect(order.slice(0, 2)).toEqual(['holder', 'aged']);
  expect(order.slice(2).sort()).toEqual(['low is refused', 'normal is refused']);
  expect(clock.sleepers).toBe(0);
});

test("the wait does not count into the node's timeout, and the call has all of it", async () => {
  const { submit, clock, states, begun } = await anEngineWithPool({ limit: 1, queueMost: 5 }, 3_000);
  const jobId = await submit(inPool(4, { timeout: '4s', retry: { strategy: 'fixed', delay: '1s', maxAttempts: 1 } }));
  await clock.advance(12_000);
  expect(begun).toEqual(['n0', 'n1', 'n2', 'n3']);
  expect(Object.values(await states(jobId))).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
  const late = await submit(inPool(1, { timeout: '2s', retry: { strategy: 'fixed', delay: '1s', maxAttempts: 1 } }));
  await clock.advance(2_100);
  expect(await states(late)).toEqual({ n0: 'failed' });
});

describe('nodes that wait for a permit', () => {
  const once = { retry: { strategy: 'fixed', delay: '1s', maxAttempts: 1 } };

  test('when the engine stops are handed back at once, are not called, and have not failed', async () => {
    const { submit, clock, engine, states, begun } = await anEngineWithPool({ limit: 1, queueMost: 5 }, 2_000);
    const jobId = await submit(inPool(3, once));
    const stopped = engine.stop(10_000);
    await clock.advance(5_000);
    await stopped;
    expect(begun).toEqual(['n0']);
    expect(await states(jobId)).toEqual({ n0: 'succeeded', n1: 'ready', n2: 'ready' });
  });

  test('at the end of an invocation are handed back, and nothing goes on behind its answer', async () => {
    const clock = handClock();
    const { begun, work } = calls(clock, 20_000);
    const guards = guardsOn(clock, { limit: 1, queueMost: 5 }).engine;
    const { submit, within, takeMessages, engines, states, store } = aFleet({ clock, guards, handlers: { work } });
    const jobId = await submit(inPool(3, once));
    const messages = takeMessages().flat();
    await within(31_000, engines[0]!.invocations.runNodes(messages, clock.now() + 30_000));
    const atItsEnd = [...begun];
    await clock.advance(100_000);
    expect([atItsEnd, begun]).toEqual([
      ['n0', 'n1'],
      ['n0', 'n1'],
    ]);
    // The second one had ten seconds of the thirty, which is no reason to say that it takes longer than an invocation.
    const failures = (await store.readAudit(jobId, 0, 100)).map(({ failure }) => failure?.code).filter(Boolean);
    expect(failures).not.toContain('invocation_timeout');
    expect(await states(jobId)).toMatchObject({ n0: 'succeeded', n2: 'ready' });
  });
});
