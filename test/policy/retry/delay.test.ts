import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decideRetry,
  type RetryPolicy,
  type RetryVerdict,
  retryJitters,
  retryStrategies,
} from '../../../shared/policy/retry/index.ts';

const failure = { code: 'busy', message: 'no' };

function retryAfter(policy: RetryPolicy, failures: number, chance = 1, lastDelayMs?: number) {
  const history = { failures, leaseLosses: 0, elapsedMs: 0, ...(lastDelayMs !== undefined && { lastDelayMs }) };
  const verdict = decideRetry({ maxAttempts: 1_001, ...policy }, failure, history, chance);
  if (verdict.kind !== 'retry') throw new Error(`given up: ${verdict.because}`);
  return verdict as Extract<RetryVerdict, { kind: 'retry' }>;
}
const delays = (policy: RetryPolicy, failures: readonly number[]) =>
  failures.map((each) => retryAfter({ jitter: 'none', ...policy }, each).delayMs);

describe('the delay before a retry', () => {
  test.each<[string, RetryPolicy, number[]]>([
    ['immediate has none', { strategy: 'immediate' }, [0, 0, 0, 0, 0, 0, 0]],
    ['fixed is ever the same', { strategy: 'fixed', delay: 70 }, [70, 70, 70, 70, 70, 70, 70]],
    ['linear grows by itself', { strategy: 'linear', delay: 10 }, [10, 20, 30, 40, 50, 60, 70]],
    ['exponential doubles', { strategy: 'exponential', delay: 10 }, [10, 20, 40, 80, 160, 320, 640]],
    ['exponential grows by its factor', { delay: 10, factor: 3 }, [10, 30, 90, 270, 810, 2_430, 7_290]],
    ['fibonacci adds the last two', { strategy: 'fibonacci', delay: 10 }, [10, 10, 20, 30, 50, 80, 130]],
    ['custom is listed, and the last one repeats', { strategy: 'custom', delays: [5, 0, 9] }, [5, 0, 9, 9, 9, 9, 9]],
  ])('%s', (_, policy, expected) => {
    expect(delays(policy, [1, 2, 3, 4, 5, 6, 7])).toEqual(expected);
  });

  test('grows up to a minute unless said, or to its own first delay where that is longer', () => {
    for (const strategy of ['linear', 'exponential', 'fibonacci'] as const) {
      expect(delays({ strategy }, [999])).toEqual([60_000]);
      expect(delays({ strategy, delay: 90_000 }, [1, 999])).toEqual([90_000, 90_000]);
      expect(delays({ strategy, maxDelay: 2_500 }, [1, 999])).toEqual([1_000, 2_500]);
    }
  });

  test('is as long as the policy itself says where nothing grows', () => {
    expect(delays({ strategy: 'fixed', delay: 9_000_000 }, [1])).toEqual([9_000_000]);
    expect(delays({ strategy: 'custom', delays: [9_000_000] }, [1])).toEqual([9_000_000]);
  });

  test('is none where the policy asks for none, however often it grew', () => {
    expect(delays({ delay: 0, factor: 1_000 }, [200])).toEqual([0]);
  });
});

describe('jitter', () => {
  const at = (jitter: RetryPolicy['jitter'], chance: number) =>
    retryAfter({ strategy: 'fixed', delay: 1_000, ...(jitter && { jitter }) }, 1, chance).delayMs;

  test('full takes any part of the delay, equal its second half, none nothing', () => {
    expect([0, 0.25, 0.75].map((chance) => at('full', chance))).toEqual([0, 250, 750]);
    expect([0, 0.25, 0.75].map((chance) => at('equal', chance))).toEqual([500, 625, 875]);
    expect([0, 0.25, 0.75].map((chance) => at('none', chance))).toEqual([1_000, 1_000, 1_000]);
  });

  test('is full where delays grow and none elsewhere unless said', () => {
    const halved = (policy: RetryPolicy) => retryAfter(policy, 1, 0.5).delayMs === 500;
    const growing = retryStrategies.filter((strategy) => halved({ strategy, delays: [1_000] }));
    expect(growing).toEqual(['linear', 'exponential', 'fibonacci']);
  });

  test('decorrelated goes on from the last delay, up to three times as far, and remembers', () => {
    const policy = { jitter: 'decorrelated', delay: 100, maxDelay: 5_000 } as const;
    expect(retryAfter(policy, 1, 0)).toMatchObject({ delayMs: 100, lastDelayMs: 100 });
    expect(retryAfter(policy, 1, 0.5)).toMatchObject({ delayMs: 200, lastDelayMs: 200 });
    expect(retryAfter(policy, 2, 0.5, 200)).toMatchObject({ delayMs: 350, lastDelayMs: 350 });
    expect(retryAfter({ ...policy, factor: 5 }, 2, 0.5, 200)).toMatchObject({ delayMs: 550 });
    expect(retryAfter(policy, 9, 0.9, 5_000)).toMatchObject({
      delayMs: 5_000,
      because: 'retry 9 of 1000 in 5000 ms: exponential, decorrelated jitter, at maxDelay',
    });
  });

  test('nothing is remembered that no later delay asks for', () => {
    for (const jitter of retryJitters.filter((each) => each !== 'decorrelated'))
      expect(retryAfter({ jitter }, 1)).not.toHaveProperty('lastDelayMs');
  });
});

describe('whatever the policy and the chance', () => {
  const ms = fc.oneof(fc.nat(366 * 86_400_000), fc.constant(0), fc.constant(Number.MIN_VALUE));
  const policies = fc.record(
    {
      strategy: fc.constantFrom(...retryStrategies),
      delay: ms,
      factor: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 1, max: 1_000, noNaN: true })),
      delays: fc.array(ms, { maxLength: 5 }),
      maxDelay: ms,
      jitter: fc.constantFrom(...retryJitters),
    },
    { requiredKeys: [] },
  );
  const wishes = fc.option(fc.oneof(fc.nat(3_600_000), fc.constantFrom(-1, Number.NaN, Infinity)), { nil: undefined });
  const chances = fc.oneof(
    fc.constantFrom(0, 1 - 2 ** -53),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  );
  const history = fc.record(
    {
      failures: fc.integer({ min: 1, max: 999 }),
      leaseLosses: fc.constant(0),
      elapsedMs: fc.nat(),
      lastDelayMs: ms,
    },
    { requiredKeys: ['failures', 'leaseLosses', 'elapsedMs'] },
  );

  test('a delay is finite, not negative, and not longer than maxDelay and the wish of the target together', () => {
    fc.assert(
      fc.property(policies, history, wishes, chances, (policy, past, retryAfterMs, chance) => {
        const said = { ...failure, ...(retryAfterMs !== undefined && { retryAfterMs }) };
        const verdict = decideRetry({ maxAttempts: 1_000, ...policy } as RetryPolicy, said, past, chance);
        if (verdict.kind !== 'retry') throw new Error(verdict.because);
        const numbers = [verdict.delayMs, verdict.lastDelayMs ?? 0];
        expect(numbers.every((each) => Number.isFinite(each) && each >= 0)).toBe(true);
        const wishMs = retryAfterMs !== undefined && Number.isFinite(retryAfterMs) ? Math.max(0, retryAfterMs) : 0;
        expect(verdict.delayMs).toBeLessThanOrEqual((policy.maxDelay ?? Infinity) + wishMs);
        expect(verdict.delayMs).toBeGreaterThanOrEqual(wishMs);
      }),
      { numRuns: 2_000 },
    );
  });

  test('full, equal and decorrelated stay between their least and their longest', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 40 }), chances, ms, (delay, failures, chance, last) => {
        const whole = retryAfter({ delay, jitter: 'none' }, failures).delayMs;
        expect(retryAfter({ delay, jitter: 'full' }, failures, chance).delayMs).toBeLessThanOrEqual(whole);
        expect(retryAfter({ delay, jitter: 'equal' }, failures, chance).delayMs).toBeGreaterThanOrEqual(whole / 2);
        const loose = retryAfter({ delay, jitter: 'decorrelated' }, failures, chance, last).delayMs;
        expect(loose).toBeGreaterThanOrEqual(Math.min(delay, 60_000));
        expect(loose).toBeLessThanOrEqual(Math.max(delay, 60_000));
      }),
    );
  });
});
