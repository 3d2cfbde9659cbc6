import { describe, expect, test } from '@jest/globals';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { CodedError } from '../../shared/core/error.ts';
import type { Engine, Handler } from '../../shared/engine/engine.ts';
import type { EngineOptions } from '../../shared/engine/parts.ts';
import { type BreakerRules, defaultBreakerRules } from '../../shared/policy/breaker/index.ts';
import type { HttpCaller, JobStore, TargetCounts } from '../../shared/ports/index.ts';
import { anEngine } from '../support/an-engine.ts';
import { aFleet, call } from './a-fleet.ts';

const failsUntil = (when: () => boolean): Handler => {
  return async () => {
    if (when()) throw new CodedError('busy', 'not now');
    return 'done';
  };
};
const fan = (count: number, more: object) => ({
  name: 'fan',
  nodes: Array.from({ length: count }, (_, at) => call(`n${at}`, more)),
});
const postponed = async (store: JobStore, jobId: string) =>
  (await store.readAudit(jobId, 0, 1_000)).filter(({ event }) => event === 'postponed');

async function anEngineWith(options: EngineOptions, work: Handler, http?: HttpCaller) {
  const calls: number[] = [];
  const held = await anEngine({
    options: { alone: true, ...options },
    ...(http && { http }),
    register: (engine: Engine) =>
      engine.registerHandler('work', (input, attempt) => {
        calls.push(held?.clock.now() ?? 0);
        return work(input, attempt);
      }),
  });
  return { ...held, calls };
}

describe('the retry budget of a target', () => {
  const retryBudget = { share: 0.2, floor: 0.5 };
  const retry = { strategy: 'fixed', delay: '1s', maxAttempts: 3 };

  test('retries beyond it wait, are told in the audit, and all of them are made in the end', async () => {
    let sick = true;
    const { submit, engine, clock, store, calls } = await anEngineWith(
      { retryBudget },
      failsUntil(() => sick),
    );
    const jobId = await submit(fan(20, { retry }));
    sick = false;
    await clock.advance(1_000);
    // 30 a minute are allowed: one in two seconds.
    expect(calls).toHaveLength(21);
    const waiting = await postponed(store, jobId);
    expect(waiting).toHaveLength(19);
    expect(waiting[0]!.because).toBe(
      'over the retry budget of handler:work: 1 retry to 20 first attempts in a minute; 30 are allowed, evenly spread (20 % or the floor)',
    );
    const listed = await engine.listRetries({ size: 50 });
    expect(listed.retries).toHaveLength(19);
    expect(listed.retries[0]).toMatchObject({ run: { attempt: 1, failure: { code: 'busy' } } });
    await clock.advance(300_000);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
    expect(calls).toHaveLength(40);
  });

  test('what a rule of recovery has tried again is a retry as well, although its attempts are counted anew', async () => {
    let sick = true;
    const { submit, engine, clock, store, calls } = await anEngineWith(
      { retryBudget },
      failsUntil(() => sick),
    );
    const job = fan(20, { retry: { maxAttempts: 1 } });
    const jobId = await submit({ ...job, recovery: [{ on: 'busy', do: 'retry', delay: '1s' }] });
    sick = false;
    await clock.advance(1_000);
    expect(calls).toHaveLength(21);
    const waiting = await postponed(store, jobId);
    expect(waiting).toHaveLength(19);
    expect(waiting[0]!.because).toContain('1 retry to 20 first attempts in a minute');
    await clock.advance(300_000);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
    expect(calls).toHaveLength(40);
  });

  test('a first attempt never waits for it', async () => {
    const { submit, clock, calls, store } = await anEngineWith(
      { retryBudget: { share: 0, floor: 0 } },
      failsUntil(() => false),
    );
    const jobId = await submit(fan(50, { retry }));
    await clock.advance(10);
    expect(calls).toHaveLength(50);
    expect(await postponed(store, jobId)).toEqual([]);
  });

  test('an attempt that follows a lost lease is no retry', async () => {
    const { submit, another, clock, store } = await anEngineWith(
      { retryBudget: { share: 0, floor: 0 } },
      () => new Promise(() => {}),
    );
    const jobId = await submit(fan(3, { retry }));
    await another();
    await clock.advance(0);
    const again = { state: 'running', attempt: 2, leaseLosses: 1 };
    expect((await store.load(jobId))!.pages[0]!.nodes).toMatchObject([again, again, again]);
  });

  test('nor is one of a node that has failed before', async () => {
    const { submit, engine, another, clock, store } = await anEngineWith(
      { retryBudget: { share: 0, floor: 0 } },
      (_, { attempt }) => (attempt === 1 ? Promise.reject(new CodedError('busy', 'no')) : new Promise(() => {})),
    );
    const jobId = await submit(fan(1, { retry }));
    await engine.retryNow(jobId, 'n0', 1, { by: 'ada' });
    await another();
    await clock.advance(0);
    expect((await store.load(jobId))!.pages[0]!.nodes).toMatchObject([
      { state: 'running', attempt: 3, failures: 1, leaseLosses: 1 },
    ]);
  });

  test('an operator who wants a retry now is not kept waiting by it', async () => {
    const { submit, engine, clock, calls, store } = await anEngineWith(
      { retryBudget: { share: 0, floor: 0 } },
      failsUntil(() => calls.length < 2),
    );
    const jobId = await submit(fan(1, { retry }));
    await clock.advance(1_000);
    // The least that a slot has is one retry, and none is allowed in a minute.
    expect(await postponed(store, jobId)).toHaveLength(1);
    expect(await engine.retryNow(jobId, 'n0', 1, { by: 'ada' })).toMatchObject({ kind: 'done' });
    await clock.advance(0);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
  });

  test('one that would wait beyond its bounds is given up at once', async () => {
    const { submit, engine, clock } = await anEngineWith(
      { retryBudget: { share: 0, floor: 0 } },
      failsUntil(() => true),
    );
    const jobId = await submit(fan(1, { retry: { ...retry, maxElapsed: '3s' } }));
    await clock.advance(1_000);
    expect((await engine.get(jobId))!.header).toMatchObject({ state: 'failed', failure: { code: 'busy' } });
  });
});

describe('the strategy circuit_breaker', () => {
  const retry = { strategy: 'circuit_breaker', delay: '1s', maxAttempts: 3 };
  const options: EngineOptions = { concurrency: 1 };

  test('an open breaker costs no attempts: nodes wait for it, those that were never tried as well, and all succeed', async () => {
    let sick = true;
    const { submit, engine, clock, store, calls, states } = await anEngineWith(
      options,
      failsUntil(() => sick),
    );
    const jobId = await submit(fan(20, { retry }));
    await clock.advance(20_000);
    expect(calls).toHaveLength(5);
    const waiting = await postponed(store, jobId);
    // Four had failed before it opened, and came for their retries; the fifth was told at once how long to wait.
    expect(waiting.map(({ attempt }) => attempt).sort()).toEqual([...Array(15).fill(0), ...Array(4).fill(1)]);
    expect(waiting[0]).toMatchObject({ attempt: 0, because: 'the breaker of handler:work is open' });
    expect(new Set(Object.values(await states(jobId)))).toEqual(new Set(['retrying']));
    expect((await engine.get(jobId))!.header.state).toBe('retrying');
    await clock.advance(100_000);
    // Probes alone have found out since that it is still sick.
    expect(calls.length).toBeLessThan(9);
    sick = false;
    await clock.advance(600_000);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
    expect(calls.length).toBeLessThan(30);
  });

  test('a failure that opens it is tried again when it lets a probe through, and the audit says so', async () => {
    const { submit, clock, store } = await anEngineWith(
      { ...options, breakerRules: breakerRules({ failures: 1 }) },
      failsUntil(() => true),
    );
    const jobId = await submit(fan(1, { retry }));
    const [line] = (await store.readAudit(jobId, 0, 9)).filter(({ failure }) => failure);
    expect(line!.because).toMatch(/^retry 1 of 2 in \d{5} ms: circuit_breaker, the breaker is open$/);
    expect(line!.retryAt! - clock.now()).toBeGreaterThan(24_000);
  });

  test('other strategies are not kept from calling, and what they see opens it', async () => {
    let sick = true;
    const { submit, clock, calls, store } = await anEngineWith(
      options,
      failsUntil(() => sick),
    );
    await submit(fan(8, { retry: { maxAttempts: 1 } }));
    expect(calls).toHaveLength(8);
    sick = false;
    const jobId = await submit(fan(1, { retry }));
    await clock.advance(0);
    expect(calls).toHaveLength(8);
    expect(await postponed(store, jobId)).toHaveLength(1);
  });

  test('an answer that refuses the request is no failure of its target', async () => {
    const answer = { code: 'http_404', message: 'no such thing' };
    let calls = 0;
    const http: HttpCaller = {
      call: async () => {
        calls++;
        return { kind: 'failed', failure: answer };
      },
    };
    const { submit, store } = await anEngineWith(
      options,
      failsUntil(() => false),
      http,
    );
    const node = (id: string) => ({ id, type: 'http', url: 'https://a.example/x', retry });
    const jobId = await submit({ name: 'fan', nodes: Array.from({ length: 9 }, (_, at) => node(`n${at}`)) });
    expect(calls).toBe(9);
    expect(await postponed(store, jobId)).toEqual([]);
  });

  test('a breaker is of a target: another one of the same job is called', async () => {
    const { submit, states } = await anEngineWith(
      options,
      failsUntil(() => true),
    );
    const nodes = [...fan(7, { retry }).nodes, { id: 'z', type: 'function', handler: 'other', retry, priority: 0 }];
    const held = await anEngine({
      options: { alone: true, concurrency: 1 },
      register(engine) {
        engine.registerHandler(
          'work',
          failsUntil(() => true),
        );
        engine.registerHandler('other', async () => 'done');
      },
    });
    const jobId = await held.submit({ name: 'fan', nodes });
    await held.clock.advance(100);
    expect((await held.states(jobId))['z']).toBe('succeeded');
    expect(await states(await submit(fan(1, { retry })))).toEqual({ n0: 'retrying' });
  });
});

describe('guards in a fleet that is invoked', () => {
  const retryBudget = { share: 0.2, floor: 0.5 };
  const retry = { strategy: 'fixed', delay: '1s', maxAttempts: 9 };

  /** Rings alarms and brings messages until nothing is left to do, or for so long. */
  async function live({ engines, clock, takeMessages, alarms, within }: ReturnType<typeof aFleet>, ms: number) {
    let turn = 0;
    const next = () => engines[turn++ % engines.length]!.invocations;
    for (const until = clock.now() + ms; clock.now() < until; ) {
      const due = alarms.filter(({ nextCheckAt }) => nextCheckAt <= clock.now()).map(({ jobId }) => jobId);
      for (let at = alarms.length - 1; at >= 0; at--) if (alarms[at]!.nextCheckAt <= clock.now()) alarms.splice(at, 1);
      const checks = due.length > 0 ? [next().checkJobs([...new Set(due)])] : [];
      const runs = takeMessages().map((messages) => next().runNodes(messages, clock.now() + 60_000));
      await within(70_000, Promise.all([...checks, ...runs]));
      await clock.advance(500);
    }
  }

  test('the budget is one for all engines', async () => {
    const calls: number[] = [];
    const fleet = aFleet({
      engines: 3,
      options: { retryBudget, nodesPerParcel: 4, nodesPerVisit: 4 },
      handlers: {
        async work() {
          calls.push(fleet.clock.now());
          throw new CodedError('busy', 'not now');
        },
      },
    });
    const since = fleet.clock.now();
    const jobId = await fleet.submit(fan(40, { retry }));
    await live(fleet, 120_000);
    const minutes = [1, 2].map(
      (minute) => calls.filter((at) => Math.ceil((at - since + 1) / 60_000) === minute).length,
    );
    expect(minutes[0]).toBeGreaterThan(45);
    // 30 are allowed and 40 were first attempts; each engine may be over by one until it hears of the others.
    expect(minutes[0]).toBeLessThanOrEqual(40 + 30 + 9);
    expect(minutes[1]).toBeGreaterThan(15);
    expect(minutes[1]).toBeLessThanOrEqual(30 + 9);
    expect((await postponed(fleet.store, jobId)).length).toBeGreaterThan(10);
    expect(fleet.reports).toEqual([]);
  }, 30_000);

  test('a fleet whose calls succeed asks nothing of the store for it', async () => {
    let asked = 0;
    const memory = createMemoryTargetCounts();
    const counts: TargetCounts = {
      add(...given) {
        asked++;
        return memory.add(...given);
      },
    };
    const fleet = aFleet({
      engines: 2,
      counts,
      options: { nodesPerParcel: 4 },
      handlers: { work: async () => 'done' },
    });
    const jobId = await fleet.submit(fan(40, { retry }));
    await live(fleet, 20_000);
    expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
    expect(asked).toBe(0);
  });

  test('a store of counts that does not answer keeps no retry waiting for more than a second', async () => {
    let sick = true;
    const counts: TargetCounts = { add: () => new Promise(() => {}) };
    const fleet = aFleet({ counts, handlers: { work: failsUntil(() => sick) } });
    const jobId = await fleet.submit({ name: 'one', nodes: [call('a', { retry })] });
    await live(fleet, 500);
    sick = false;
    await live(fleet, 4_000);
    expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
  });

  test('parcels of which nobody is let through are told so at once', async () => {
    const fleet = aFleet({
      options: { breakerRules: breakerRules({ failures: 1 }), nodesPerParcel: 2, nodesPerVisit: 2 },
      handlers: { work: failsUntil(() => true) },
    });
    const retryLater = { strategy: 'circuit_breaker', maxAttempts: 3 };
    await fleet.submit(fan(1, { retry: retryLater }));
    await live(fleet, 500);
    const jobId = await fleet.submit(fan(9, { retry: retryLater }));
    await live(fleet, 1_000);
    expect(await postponed(fleet.store, jobId)).toHaveLength(9);
    expect(new Set(Object.values(await fleet.states(jobId)))).toEqual(new Set(['retrying']));
  });

  test('nodes of a parcel that are kept waiting go out by themselves, and are told so', async () => {
    let sick = true;
    const fleet = aFleet({
      options: { breakerRules: breakerRules({ failures: 1 }), nodesPerParcel: 2, nodesPerVisit: 2 },
      handlers: { work: failsUntil(() => sick) },
    });
    const nodes = fan(9, { retry: { strategy: 'circuit_breaker', maxAttempts: 3 } });
    const jobId = await fleet.submit(nodes);
    await live(fleet, 20_000);
    expect(await fleet.states(jobId)).toEqual(Object.fromEntries(nodes.nodes.map(({ id }) => [id, 'retrying'])));
    sick = false;
    await live(fleet, 200_000);
    expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
    expect(fleet.store.usage().commits).toBeLessThan(150);
  }, 30_000);
});

function breakerRules(more: Partial<BreakerRules>): BreakerRules {
  return { ...defaultBreakerRules, ...more };
}
