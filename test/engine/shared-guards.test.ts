import { describe, expect, test } from '@jest/globals';
import { createMemoryBreakerStates } from '../../shared/adapters/memory/breaker-states.ts';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { CodedError } from '../../shared/core/error.ts';
import { seededRandom } from '../../shared/core/random.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import { noGuardsFile } from '../../shared/wiring/guards-file.ts';
import { type GuardsParts, openGuards } from '../../shared/wiring/open-guards.ts';
import { anEngine } from '../support/an-engine.ts';
import { handClock } from '../support/hand-clock.ts';
import { call } from './a-fleet.ts';

const fan = (count: number, more: object) => ({
  name: 'fan',
  nodes: Array.from({ length: count }, (_, at) => call(`n${at}`, more)),
});

/** An engine whose guards are those of a whole house, on stores in memory. */
async function anEngineWithGuards(work: Handler, file: Partial<GuardsParts['file']> = {}) {
  const clock = handClock();
  const random = seededRandom(1);
  const states = createMemoryBreakerStates({ clock, random });
  const guards = openGuards({
    ...{ clock, random, mayBeUnheard: true, records: createMemoryGuardRecords() },
    hot: { states, close: async () => {} },
    file: { ...noGuardsFile, ...file },
    topics: { publish: async () => ({ kind: 'succeeded', result: null }) },
    report: (error) => {
      throw error;
    },
  });
  const held = await anEngine({
    clock,
    guards: guards.engine,
    options: { alone: true },
    register: (engine) => engine.registerHandler('work', work),
  });
  return { ...held, guards, states };
}

describe('a node with a bulkhead', () => {
  /** Each call takes a second; tells how many were under way at once. */
  function counting(clock: () => { sleep(ms: number): Promise<void> }) {
    const seen = { now: 0, most: 0, all: 0 };
    const work: Handler = async () => {
      seen.now++;
      seen.all++;
      seen.most = Math.max(seen.most, seen.now);
      await clock().sleep(1_000);
      seen.now--;
    };
    return { seen, work };
  }

  test('is called when its pool has a permit: never more at once than the limit, and all in the end', async () => {
    const { seen, work } = counting(() => held.clock);
    const held = await anEngineWithGuards(work, { bulkheads: { reports: { limit: 2, queueMost: 3 } } });
    const jobId = await held.submit(fan(20, { bulkhead: 'reports' }));
    expect(seen.now).toBe(2);
    const lines = await held.store.readAudit(jobId, 0, 1_000);
    expect(lines.filter(({ event }) => event === 'postponed').map(({ because }) => because)).toContain(
      'the bulkhead reports is full: 2 calls are under way and 3 wait',
    );
    await held.clock.advance(120_000);
    expect(seen).toEqual({ now: 0, most: 2, all: 20 });
    const job = (await held.engine.get(jobId))!;
    expect(job.header.state).toBe('completed');
    const retried = (await held.store.readAudit(jobId, 0, 10_000)).filter(({ event }) => event === 'failed');
    expect(retried).toEqual([]);
  });

  test('whose pool nobody knows is refused at submit, with those that there are', async () => {
    const { submit } = await anEngineWithGuards(async () => null);
    await expect(submit(fan(1, { bulkhead: 'letters' }))).rejects.toThrow(
      /nodes\[0\]\.bulkhead.*no bulkhead `letters`.*ai_model_inference/,
    );
  });
});

describe('a breaker that is configured', () => {
  const busy: Handler = async () => {
    throw new CodedError('busy', 'not now');
  };

  test('keeps all who call its target waiting, whatever their strategy, and costs them no attempt', async () => {
    let calls = 0;
    const held = await anEngineWithGuards(
      async () => {
        calls++;
        if (calls <= 3) throw new CodedError('busy', 'not now');
        return 'done';
      },
      { breakers: { 'handler:*': { failures: 3, openMs: 10_000, successes: 1 } } },
    );
    const retry = { strategy: 'fixed', delay: '100ms', maxAttempts: 2 };
    const jobId = await held.submit(fan(3, { retry }));
    await held.clock.advance(5_000);
    expect(calls).toBe(3);
    const [health] = (await held.guards.desk.health()).breakers;
    expect(health).toMatchObject({ name: 'handler:work', state: 'open', scope: 'fleet' });
    await held.clock.advance(60_000);
    expect((await held.engine.get(jobId))!.header.state).toBe('completed');
    expect(calls).toBe(6);
  });

  test('that nobody has configured refuses nobody but who asks for it', async () => {
    let calls = 0;
    const held = await anEngineWithGuards((...given) => {
      calls++;
      return busy(...given);
    });
    const jobId = await held.submit(fan(10, { retry: { strategy: 'fixed', delay: '100ms', maxAttempts: 3 } }));
    await held.clock.advance(30_000);
    expect(calls).toBe(30);
    expect((await held.engine.get(jobId))!.header.state).toBe('failed');
  });

  test('that an operator forces open stops the calls of its target until it is released', async () => {
    let calls = 0;
    const held = await anEngineWithGuards(async () => void calls++);
    const asked = { by: 'operator:night', reason: 'the target is being moved' };
    const wish = { kind: 'forced_open', reason: 'the target is being moved', forMs: 60_000 } as const;
    expect(await held.guards.desk.forceBreaker('handler:work', wish, asked)).toMatchObject({ kind: 'done' });
    const jobId = await held.submit(fan(2, {}));
    await held.clock.advance(50_000);
    expect(calls).toBe(0);
    await held.clock.advance(100_000);
    expect(calls).toBe(2);
    expect((await held.engine.get(jobId))!.header.state).toBe('completed');
  });
});
