import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rewardOf } from '../../../shared/policy/adaptive/index.ts';

const policy = { maxAttempts: 5, delay: 1_000, maxDelay: 60_000 };
const earned = (failures: number, tookMs: number) => rewardOf(policy, { failures, tookMs });

describe('what a success earns', () => {
  test('is more with fewer calls, and more when it is sooner', () => {
    expect(earned(1, 1_000)).toBeGreaterThan(earned(2, 1_000));
    expect(earned(1, 1_000)).toBeGreaterThan(earned(1, 30_000));
  });

  test('counts ten seconds for more at the beginning than later', () => {
    expect(earned(1, 0) - earned(1, 10_000)).toBeGreaterThan(earned(1, 100_000) - earned(1, 110_000));
  });

  test('is a half when it took all that the policy allows, and then there is no more to lose', () => {
    expect(earned(4, 240_000)).toBe(0.5);
    expect(earned(4, 9e9)).toBe(0.5);
    expect(rewardOf({ ...policy, maxElapsed: 60_000 }, { failures: 4, tookMs: 60_000 })).toBe(0.5);
  });

  test('is between a half and 1 whatever the policy says', () => {
    const some = (max: number) => fc.option(fc.nat(max), { nil: undefined });
    const bounds = fc.record({
      maxAttempts: fc.integer({ min: 1, max: 1_000 }),
      delay: fc.nat(1e9),
      maxDelay: some(1e9),
      maxElapsed: some(1e9),
    });
    fc.assert(
      fc.property(bounds, fc.nat(1_000), fc.nat(1e9), ({ maxDelay, maxElapsed, ...rest }, failures, tookMs) => {
        const given = {
          ...rest,
          ...(maxDelay !== undefined && { maxDelay }),
          ...(maxElapsed !== undefined && { maxElapsed }),
        };
        const reward = rewardOf(given, { failures, tookMs });
        expect(reward).toBeGreaterThanOrEqual(0.5);
        expect(reward).toBeLessThanOrEqual(1);
      }),
    );
  });
});
