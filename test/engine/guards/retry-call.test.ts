import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { aGuardBench } from './a-guard-bench.ts';

/** Fails so often, and then answers. */
function flaky(failures: number, code = 'busy', more: object = {}) {
  const attempts: number[] = [];
  return {
    attempts,
    call: async ({ attempt }: { attempt: number }) => {
      attempts.push(attempt);
      if (attempts.length <= failures) throw Object.assign(new CodedError(code, `failure ${attempts.length}`), more);
      return 'done';
    },
  };
}

/** What it comes to, when the clock has moved on so far. */
async function within(bench: ReturnType<typeof aGuardBench>, ms: number, answer: Promise<unknown>): Promise<unknown> {
  const told = answer.then(
    (value) => value,
    (thrown: Error) => thrown.message,
  );
  await bench.clock.advance(ms);
  return Promise.race([told, Promise.resolve('nothing yet')]);
}

const fixed = { strategy: 'fixed', delay: '1s', maxAttempts: 3 } as const;

describe('a guard that tries again', () => {
  test('waits as its policy says, tells the call which attempt it is, and gives up with the last failure', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', { retry: fixed });
    const twice = flaky(2);
    const answer = guarded(twice.call);
    expect(await within(bench, 1_999, answer)).toBe('nothing yet');
    expect(await within(bench, 1, answer)).toEqual({ kind: 'succeeded', value: 'done' });
    expect(twice.attempts).toEqual([1, 2, 3]);
    expect(await within(bench, 5_000, guarded(flaky(9).call))).toBe('failure 3');
  });

  test('does not try again what would fail the same way, and heeds when the target wants to be called', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', { retry: { ...fixed, nonRetryable: ['no_money'] } });
    expect(await within(bench, 0, guarded(flaky(1, 'no_money').call))).toBe('failure 1');
    const later = guarded(flaky(1, 'busy', { retryAfter: 5_000 }).call);
    expect(await within(bench, 4_999, later)).toBe('nothing yet');
    expect(await within(bench, 10, later)).toMatchObject({ value: 'done' });
  });

  test('does not wait for an attempt that would begin after the deadline', async () => {
    const bench = aGuardBench();
    const call = flaky(9);
    expect(await within(bench, 0, bench.guard('pay', { retry: fixed, deadline: 900 })(call.call))).toBe('failure 1');
    expect(call.attempts).toEqual([1]);
  });

  test('each attempt passes all guards anew: where one refuses, the failure before it is told', async () => {
    const bench = aGuardBench();
    const call = flaky(9);
    const guarded = bench.guard('pay', { retry: fixed, breaker: { failures: 2 }, bulkhead: { limit: 1 } });
    expect(await within(bench, 9_000, guarded(call.call))).toBe('failure 2');
    expect(call.attempts).toEqual([1, 2]);
    expect(await within(bench, 0, guarded(call.call))).toMatchObject({ kind: 'refused', because: 'breakerOpen' });
  });

  test('a caller who gives up ends the wait', async () => {
    const bench = aGuardBench();
    const given = new AbortController();
    const call = flaky(9);
    const answer = bench.guard('pay', { retry: fixed })(call.call, { signal: given.signal });
    await bench.clock.advance(500);
    given.abort();
    expect(await within(bench, 0, answer)).toBe('failure 1');
    await bench.clock.advance(5_000);
    expect(call.attempts).toEqual([1]);
  });

  test('in a total outage tries hardly anything again, and does when the target is back', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', { retry: { ...fixed, delay: 1 } });
    let calls = 0;
    let isOut = true;
    const target = async () => {
      calls++;
      if (isOut) throw new CodedError('busy', 'out');
    };
    const first = async (many: number) => {
      for (let call = 0; call < many; call++) {
        guarded(target).catch(() => {});
        if (call % 10 === 9) await bench.clock.advance(100);
      }
    };
    await first(200);
    calls = 0;
    await first(3_000);
    expect(calls / 3_000).toBeLessThanOrEqual(1.01);
    isOut = false;
    await first(10);
    const back = flaky(1);
    expect(await within(bench, 100, guarded(back.call))).toMatchObject({ value: 'done' });
  });
});
