import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideRetry, type RetryPolicy } from '../../../shared/policy/retry/index.ts';

const failure = { code: 'busy', message: 'no' };
const delayAfter = (policy: RetryPolicy, failures: number, chance = 1): number => {
  const verdict = decideRetry({ maxAttempts: 1_001, ...policy }, failure, { failures, leaseLosses: 0 }, chance);
  return verdict.kind === 'retry' ? verdict.delayMs : -1;
};

describe('the delay before a retry', () => {
  test('grows with each failure up to the longest', () => {
    expect([1, 2, 3, 7, 999].map((failures) => delayAfter({}, failures))).toEqual([
      1_000, 2_000, 4_000, 60_000, 60_000,
    ]);
  });

  test('is none where the policy asks for none, however often it grew', () => {
    expect(delayAfter({ delay: 0, factor: 1_000 }, 200)).toBe(0);
  });

  test('is a number of milliseconds for every policy', () => {
    const policies = fc.record({
      strategy: fc.constantFrom('immediate', 'fixed', 'exponential'),
      delay: fc.nat(366 * 86_400_000),
      factor: fc.integer({ min: 1, max: 1_000 }),
      jitter: fc.constantFrom('none', 'full'),
    });
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 1_000 }),
        fc.constantFrom(0, 0.5, 0.999),
        (policy, failures, chance) => {
          const delayMs = delayAfter(policy, failures, chance);
          expect(Number.isFinite(delayMs) && delayMs >= 0).toBe(true);
        },
      ),
    );
  });
});
