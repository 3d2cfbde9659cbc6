import { describe, expect, test } from '@jest/globals';
import { decideRetry, type RetryPolicy, readRetryAfter } from '../../../shared/policy/retry/index.ts';

const decide = (policy: RetryPolicy, retryAfterMs: number, chance = 0.5) =>
  decideRetry(
    policy,
    { code: 'busy', message: 'no', retryAfterMs },
    { failures: 1, leaseLosses: 0, elapsedMs: 0 },
    chance,
  );
const fixed = { strategy: 'fixed', delay: 1_000 } as const;

describe('what a target asks for', () => {
  test('is the least delay, above maxDelay too', () => {
    expect(decide({ ...fixed, maxDelay: 2_000 }, 30_000)).toMatchObject({ kind: 'retry', delayMs: 30_000 });
    expect(decide(fixed, 400)).toMatchObject({ delayMs: 1_000, because: 'retry 1 of 2 in 1000 ms: fixed' });
  });

  test('is never shortened by jitter, which comes on top', () => {
    expect(decide({ ...fixed, jitter: 'full' }, 30_000, 0)).toMatchObject({ delayMs: 30_000 });
    expect(decide({ ...fixed, jitter: 'full' }, 30_000, 0.5)).toMatchObject({ delayMs: 30_500 });
    expect(decide({ ...fixed, jitter: 'equal' }, 30_000, 0.5)).toMatchObject({ delayMs: 30_750 });
  });

  test('does not drive the row of decorrelated delays', () => {
    const policy = { jitter: 'decorrelated', delay: 100 } as const;
    expect(decide(policy, 30_000, 0)).toMatchObject({ delayMs: 30_100, lastDelayMs: 100 });
  });

  test('gives the node up when it is longer than the policy waits, an hour unless said', () => {
    expect(decide(fixed, 3_600_000)).toMatchObject({ delayMs: 3_600_000 });
    expect(decide(fixed, 3_600_001)).toEqual({ kind: 'giveUp', because: 'retryAfterTooLong' });
    expect(decide({ ...fixed, maxRetryAfter: 5_000 }, 5_001).kind).toBe('giveUp');
    expect(decide({ ...fixed, maxRetryAfter: 5_000 }, 5_000).kind).toBe('retry');
  });

  test('is not heard where the policy says so', () => {
    expect(decide({ ...fixed, retryAfter: 'ignore' }, 30_000)).toMatchObject({ delayMs: 1_000 });
    expect(decide({ ...fixed, retryAfter: 'ignore' }, 1e12)).toMatchObject({ delayMs: 1_000 });
  });

  test('holds for a delay that a rule names as well', () => {
    const policy = { rules: [{ on: { code: ['busy'] }, retry: true, delay: 7_000 }] } as const;
    expect(decide(policy, 5_000)).toMatchObject({ delayMs: 7_000 });
    expect(decide(policy, 9_000)).toMatchObject({ delayMs: 9_000 });
  });

  test('is milliseconds or a text, and what is neither is no wish', () => {
    expect([1_500, 0, '30s', '1.5h'].map(readRetryAfter)).toEqual([1_500, 0, 30_000, 5_400_000]);
    for (const wrong of [-1, Number.NaN, Infinity, 'soon', '-5s', '', null, {}, undefined, true, 5n])
      expect(readRetryAfter(wrong)).toBeUndefined();
  });
});
