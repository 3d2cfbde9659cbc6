import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  emptyBucket,
  rateLimitFaults,
  rateLimitRules,
  shareOf,
  takeTokens,
  tokensAhead,
} from '../../../shared/policy/rate-limit/index.ts';

describe('a token bucket', () => {
  const rules = { perSecond: 10, burst: 5 };

  test('gives what has come in, up to its burst, and says when the next token is there', () => {
    let bucket = emptyBucket(1_000);
    const take = (tokens: number, now: number) => {
      const taken = takeTokens(bucket, rules, tokens, now);
      bucket = taken.bucket;
      return [taken.granted, taken.retryInMs];
    };
    expect(take(1, 1_000)).toEqual([0, 100]);
    expect(take(1, 1_040)).toEqual([0, 60]);
    expect(take(1, 1_100)).toEqual([1, 0]);
    expect(take(3, 1_250)).toEqual([1, 50]);
    expect(take(9, 9_000)).toEqual([5, 100]);
    expect(take(5, 9_500)).toEqual([5, 0]);
  });

  test('a time that runs backwards brings no tokens, now or later', () => {
    const { bucket } = takeTokens({ tokens: 0, at: 5_000 }, rules, 1, 1_000);
    expect(takeTokens(bucket, rules, 9, 5_100).granted).toBe(1);
  });

  test('over any span of t seconds gives at most burst + perSecond × t, whatever is asked for and when', () => {
    const asks = fc.array(fc.record({ gapMs: fc.double({ min: 0, max: 3_000, noNaN: true }), tokens: fc.nat(50) }), {
      minLength: 1,
    });
    const limits = fc.record({
      perSecond: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      burst: fc.double({ min: 1, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(limits, asks, (each, all) => {
        let bucket = { tokens: each.burst, at: 0 };
        let now = 0;
        const given: { at: number; tokens: number }[] = [];
        for (const { gapMs, tokens } of all) {
          now += gapMs;
          const taken = takeTokens(bucket, each, tokens, now);
          bucket = taken.bucket;
          given.push({ at: now, tokens: taken.granted });
          let sum = 0;
          for (const { at, tokens: some } of given.toReversed()) {
            sum += some;
            expect(sum).toBeLessThanOrEqual(each.burst + (each.perSecond * (now - at)) / 1_000 + 1e-6);
          }
        }
      }),
    );
  });
});

describe('the rules of a rate limit', () => {
  test('a burst is a second’s worth unless said, and one at least', () => {
    expect(rateLimitRules({ perSecond: 100 })).toMatchObject({ burst: 100 });
    expect(rateLimitRules({ perSecond: 0.5 })).toMatchObject({ burst: 1, keptMs: 0 });
  });

  test('the store’s bucket is less deep by what may be kept ahead, and never by more than half', () => {
    expect(rateLimitRules({ perSecond: 100 })).toEqual({
      perSecond: 100,
      burst: 100,
      keptMs: 200,
      store: { perSecond: 100, burst: 80 },
    });
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        (perSecond, burst) => {
          const { keptMs, store } = rateLimitRules({ perSecond, burst });
          expect(store.burst).toBeGreaterThanOrEqual(1);
          expect(store.burst + (perSecond * keptMs) / 1_000).toBeCloseTo(burst, 5);
          expect(keptMs).toBeLessThanOrEqual(200);
        },
      ),
    );
  });

  test('tokens are taken ahead by what was used, never more than are used up in time, and none where none may be kept', () => {
    const rules = rateLimitRules({ perSecond: 1_000 });
    expect(tokensAhead(rules, 10, 100)).toBe(20);
    expect(tokensAhead(rules, 10, 1)).toBe(20);
    expect(tokensAhead(rules, 5_000, 1_000)).toBe(200);
    expect(tokensAhead(rules, 1, 10_000)).toBe(1);
    expect(tokensAhead(rules, 0, 10)).toBe(0);
    expect(tokensAhead(rateLimitRules({ perSecond: 1_000, burst: 1 }), 10, 10)).toBe(0);
  });

  test('a share of each is the whole of all', () => {
    expect(shareOf({ perSecond: 100, burst: 50 }, 4)).toEqual({ perSecond: 25, burst: 12.5 });
    expect(shareOf({ perSecond: 100, burst: 50 }, 0)).toEqual({ perSecond: 100, burst: 50 });
    expect(shareOf({ perSecond: 1, burst: 1 }, 4)).toEqual({ perSecond: 0.25, burst: 1 });
  });

  test('a rate of 0 and a burst below 1 are faults', () => {
    const paths = (spec: { perSecond: number; burst?: number }) => rateLimitFaults(spec).map(({ path }) => path);
    expect(paths({ perSecond: 0 })).toEqual(['perSecond']);
    expect(paths({ perSecond: Number.NaN, burst: 0.9 })).toEqual(['perSecond', 'burst']);
    expect(paths({ perSecond: 1e7, burst: 1e8 })).toEqual(['perSecond', 'burst']);
    expect(paths({ perSecond: 0.01, burst: 1 })).toEqual([]);
  });
});
