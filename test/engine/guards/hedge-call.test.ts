import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import type { GuardedCall } from '../../../shared/engine/guards/call-under-way.ts';
import { aGuardBench } from './a-guard-bench.ts';

const hedge = { idempotent: true } as const;

/** A guard that has learned that calls take 10 ms. */
async function learned(more: object = {}) {
  const bench = aGuardBench();
  const guarded = bench.guard('read', { hedge: { ...hedge, ...more } });
  for (let call = 0; call < 400; call++) {
    void guarded(() => bench.clock.sleep(10));
    await bench.clock.advance(10);
  }
  const calls: GuardedCall[] = [];
  const ended: string[] = [];
  /** What each call does in turn: answer or fail after so long. */
  const target =
    (...plan: { ms: number; fails?: string }[]) =>
    async (call: GuardedCall) => {
      const { ms, fails } = plan[calls.length]!;
      calls.push(call);
      const name = call.isHedge ? 'second' : 'first';
      await bench.clock.sleep(ms, call.signal);
      ended.push(`${name} ${call.signal.aborted ? 'aborted' : 'ended'}`);
      if (fails) throw new CodedError(fails, 'not now');
      return name;
    };
  return { ...bench, guarded, calls, ended, target };
}

describe('a hedged call', () => {
  test('is made a second time when it takes longer than nearly all do; the first answer counts and the other is cut off', async () => {
    const { guarded, clock, calls, ended, target } = await learned();
    const answer = guarded(target({ ms: 500 }, { ms: 5 }));
    await clock.advance(9);
    expect(calls).toHaveLength(1);
    await clock.advance(5);
    expect(calls.map(({ isHedge }) => isHedge)).toEqual([false, true]);
    await clock.advance(5);
    expect(await answer).toEqual({ kind: 'succeeded', value: 'second' });
    expect(ended).toEqual(['second ended', 'first aborted']);
    expect(calls[0]!.signal.reason).toMatchObject({ code: 'aborted' });
  });

  test('the first may still win, and then the second is cut off', async () => {
    const { guarded, clock, ended, target } = await learned();
    const answer = guarded(target({ ms: 20 }, { ms: 500 }));
    await clock.advance(30);
    expect(await answer).toEqual({ kind: 'succeeded', value: 'first' });
    expect(ended).toEqual(['first ended', 'second aborted']);
  });

  test('is never made twice before enough was learned, nor when it answers in time', async () => {
    const { guard, clock } = aGuardBench();
    let calls = 0;
    const guarded = guard('new', { hedge });
    for (let call = 0; call < 50; call++) {
      void guarded(async () => {
        calls++;
        await clock.sleep(call % 2 ? 10 : 1_000);
      });
      await clock.advance(1_000);
    }
    expect(calls).toBe(50);
  });

  test('a failure before the second call is a failure; after that the other one is waited for', async () => {
    const early = await learned();
    await expect(
      Promise.all([early.guarded(early.target({ ms: 2, fails: 'busy' })), early.clock.advance(5)]),
    ).rejects.toMatchObject({ code: 'busy' });
    expect(early.calls).toHaveLength(1);
    const first = await learned();
    const saved = first.guarded(first.target({ ms: 15, fails: 'busy' }, { ms: 50 }));
    await first.clock.advance(100);
    expect(await saved).toEqual({ kind: 'succeeded', value: 'second' });
    const both = await learned();
    const lost = both.guarded(both.target({ ms: 30, fails: 'first_failed' }, { ms: 5, fails: 'second_failed' }));
    await Promise.all([expect(lost).rejects.toMatchObject({ code: 'first_failed' }), both.clock.advance(100)]);
  });

  test('there is at most one second call, and it is paid from the retry budget', async () => {
    const { guarded, clock, calls, target, budget } = await learned();
    for (let retry = 0; retry < 10_000; retry++) if (budget.ask('read').kind === 'over') break;
    const answer = guarded(target({ ms: 5_000 }, { ms: 5_000 }));
    await clock.advance(900);
    expect(calls).toHaveLength(1);
    await clock.advance(6_000);
    expect(await answer).toEqual({ kind: 'succeeded', value: 'first' });
  });

  test('is one call to its breaker, and each of the two has the whole timeout', async () => {
    const bench = await learned();
    const { clock, guard } = bench;
    const guarded = guard('both', { hedge: { ...hedge, minimumCalls: 10 }, timeout: 100, breaker: { failures: 2 } });
    for (let call = 0; call < 100; call++) {
      void guarded(() => clock.sleep(10));
      await clock.advance(10);
    }
    let calls = 0;
    const slow = guarded(async ({ signal }) => {
      calls++;
      await clock.sleep(5_000, signal);
      throw signal.reason;
    });
    const failed = expect(slow).rejects.toMatchObject({ code: 'timeout' });
    await clock.advance(105);
    expect(calls).toBe(2);
    await clock.advance(20);
    await failed;
    expect(bench.breakers.breaker('both').view()).toMatchObject({ state: 'closed', failures: 1 });
  });
});

describe('hedging, simulated', () => {
  /** One call in fifty hangs for a second; the others take about 10 ms. */
  async function p99(withHedge: boolean) {
    const { guard, clock } = aGuardBench();
    const random = seededRandom(7);
    const guarded = guard('read', withHedge ? { hedge } : {});
    const latencies: number[] = [];
    let calls = 0;
    const target = async ({ signal }: GuardedCall) => {
      calls++;
      await clock.sleep(random.next() < 0.02 ? 1_000 : 5 - 5 * Math.log(1 - random.next()), signal);
    };
    const first = 8_000;
    for (let call = 0; call < first; call++) {
      const began = clock.now();
      void guarded(target).then(() => latencies.push(clock.now() - began));
      if (call % 4 === 3) await clock.advance(8);
    }
    await clock.advance(3_000);
    latencies.sort((a, b) => a - b);
    return { p99: latencies[Math.floor(first * 0.99)]!, extra: calls / first - 1, answered: latencies.length };
  }

  test('the slowest of a hundred calls waits for tens of milliseconds instead of a second, for at most 5 % more calls', async () => {
    const plain = await p99(false);
    const hedged = await p99(true);
    expect([plain.answered, hedged.answered]).toEqual([8_000, 8_000]);
    expect(plain).toMatchObject({ p99: 1_000, extra: 0 });
    expect(hedged.p99).toBeLessThan(60);
    expect(hedged.extra).toBeGreaterThan(0.02);
    expect(hedged.extra).toBeLessThanOrEqual(0.05);
  }, 30_000);
});
