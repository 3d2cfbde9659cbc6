import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AdaptiveLimit,
  beginLimit,
  type EndedCall,
  limitOf,
  observe,
} from '../../../shared/policy/bulkhead/index.ts';

const bounds = { least: 2, most: 200 };
const call = (latencyMs: number, inFlight: number, dropped = false): EndedCall => ({ latencyMs, inFlight, dropped });

/** So many calls of one kind, one a millisecond. */
function afterCalls(limit: AdaptiveLimit, calls: number, each: EndedCall, from = 0): AdaptiveLimit {
  let next = limit;
  for (let at = 0; at < calls; at++) next = observe(next, each, from + at);
  return next;
}

/** A target that works on so many at once, always as full as the limit lets it be. */
function busy(limit: AdaptiveLimit, calls: number, servers: number, meanMs: number, from: number): AdaptiveLimit {
  let next = limit;
  for (let at = 0; at < calls; at++) {
    const inFlight = limitOf(next);
    next = observe(next, call(meanMs * Math.max(1, inFlight / servers), inFlight), from + (at * meanMs) / servers);
  }
  return next;
}

describe('an adaptive limit', () => {
  test('is where it begins, within its bounds, until something is known', () => {
    expect(limitOf(beginLimit(bounds, 20))).toBe(20);
    expect(limitOf(beginLimit(bounds, 1))).toBe(2);
    expect(limitOf(beginLimit(bounds, 1_000))).toBe(200);
    expect(limitOf(afterCalls(beginLimit(bounds, 20), 99, call(50, 20)))).toBe(20);
  });

  test('grows when it is in the way and calls take no longer for it', () => {
    expect(limitOf(afterCalls(beginLimit(bounds, 20), 100, call(50, 20)))).toBeGreaterThan(25);
    expect(limitOf(afterCalls(beginLimit(bounds, 20), 100, call(50, 18)))).toBeGreaterThan(25);
  });

  test('does not move while it is not needed, however long and whatever calls take', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.nat(17)), { minLength: 200, maxLength: 600 }), (calls) => {
        let limit = beginLimit(bounds, 20);
        for (const [at, [latencyMs, inFlight]] of calls.entries())
          limit = observe(limit, call(latencyMs, inFlight), at * 50);
        expect(limitOf(limit)).toBe(20);
      }),
      { numRuns: 50 },
    );
  });

  test('is within its bounds, whatever comes', () => {
    const ended = fc.record({
      latencyMs: fc.oneof(fc.nat(1_000), fc.constantFrom(0, 1e12, Number.NaN, -5, Number.POSITIVE_INFINITY)),
      inFlight: fc.nat(300),
      dropped: fc.boolean(),
    });
    const run = fc.record({
      times: fc.integer({ min: 1, max: 400 }),
      ended,
      gapMs: fc.constantFrom(0, 1, 100, -1e7, 1e8),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), fc.integer({ min: 1, max: 200 }), (runs, begin) => {
        const seen = new Set<number>();
        let limit = beginLimit(bounds, begin);
        let now = 0;
        for (const { times, ended, gapMs } of runs) {
          now += gapMs;
          for (let at = 0; at < times; at++) {
            limit = observe(limit, ended, now + at);
            seen.add(limitOf(limit));
          }
        }
        for (const each of seen)
          expect(Number.isInteger(each) && each >= bounds.least && each <= bounds.most).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('settles at half as many again as the target works on, from below and from above', () => {
    for (const begin of [5, 200]) {
      // What a call takes alone is learnt while nobody waits.
      const known = afterCalls(beginLimit(bounds, begin), 400, call(100, 1));
      const settled = busy(known, 20_000, 40, 100, 1_000);
      expect(settled.model.baseMs).toBeGreaterThan(90);
      expect(settled.model.baseMs).toBeLessThan(115);
      expect(settled.model.estimate).toBeGreaterThan(55);
      expect(settled.model.estimate).toBeLessThan(80);
    }
  });

  test('follows a capacity that is halved and comes back', () => {
    const full = busy(afterCalls(beginLimit(bounds, 40), 400, call(100, 1)), 4_000, 40, 100, 1_000);
    const half = busy(full, 3_000, 20, 100, 20_000);
    expect(half.model.estimate).toBeGreaterThan(25);
    expect(half.model.estimate).toBeLessThan(45);
    const back = busy(half, 4_000, 40, 100, 50_000);
    expect(back.model.estimate).toBeGreaterThan(55);
  });

  test('does not give way to calls that take longer by themselves: a cut that did not help is taken back', () => {
    let limit = busy(afterCalls(beginLimit(bounds, 40), 400, call(100, 1)), 4_000, 40, 100, 1_000);
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at < 6_000; at++) {
      limit = busy(limit, 1, 40, 300, 20_000 + at * 7);
      least = Math.min(least, limit.model.estimate);
    }
    expect(least).toBeLessThan(45);
    expect(limit.model.baseMs).toBeGreaterThan(200);
    expect(limit.model.estimate).toBeGreaterThan(50);
  });

  test('finds out by looks that it began with too long a base, in a queue that was there from the start', () => {
    const wrong = busy(beginLimit(bounds, 120), 500, 40, 100, 0);
    expect(wrong.model.baseMs).toBeGreaterThan(200);
    const right = busy(wrong, 30_000, 40, 100, 2_000);
    expect(right.model.baseMs).toBeLessThan(130);
    expect(right.model.estimate).toBeLessThan(85);
  });

  test('looks less and less often while it finds what it expects, and only for a small part of the time', () => {
    let limit = busy(afterCalls(beginLimit(bounds, 60), 400, call(100, 1)), 400, 40, 100, 1_000);
    const lookedAt: number[] = [];
    let looking = 0;
    const calls = 120_000;
    for (let at = 0; at < calls; at++) {
      const next = busy(limit, 1, 40, 100, 3_000 + at * 2.5);
      if (next.isLooking && !limit.isLooking) lookedAt.push(at * 2.5);
      if (next.isLooking) {
        looking++;
        if (limitOf(next) !== Math.round((next.model.estimate * 0.8) / 1.5)) expect(next).toBe('looking lower');
      }
      limit = next;
    }
    const gaps = lookedAt.slice(1).map((at, index) => at - lookedAt[index]!);
    expect(lookedAt.length).toBeGreaterThan(4);
    expect(gaps[0]).toBeGreaterThan(20_000);
    expect(Math.max(...gaps)).toBeGreaterThan(60_000);
    expect(Math.max(...gaps)).toBeLessThan(70_000);
    expect(looking / calls).toBeLessThan(0.02);
  });

  test('gives way to a target that drops calls, and to one that drops all of them down to the least', () => {
    const known = afterCalls(beginLimit(bounds, 100), 400, call(100, 1));
    const some = afterCalls(known, 2_000, call(100, 100, true), 1_000);
    expect(limitOf(some)).toBe(2);
    let half = known;
    for (let at = 0; at < 300; at++) half = observe(half, call(100, 100, at % 2 === 0), 1_000 + at);
    expect(limitOf(half)).toBe(75);
    // What was dropped at once would make the target look quick.
    let quick = known;
    for (let at = 0; at < 300; at++)
      quick = observe(quick, at % 2 === 0 ? call(1, 50, true) : call(100, 50), 1_000 + at);
    expect(quick.model.baseMs).toBeCloseTo(100);
  });

  test('is not moved by one call that slept for an hour with its machine', () => {
    const known = busy(afterCalls(beginLimit(bounds, 60), 400, call(100, 1)), 2_000, 40, 100, 1_000);
    let frozen = observe(known, call(3_600_000, limitOf(known)), 3_607_000);
    frozen = busy(frozen, 300, 40, 100, 3_607_001);
    expect(frozen.model.estimate).toBeGreaterThan(known.model.estimate * 0.75);
  });

  test('does not count calls that end just after a change, as they tell of the limit before', () => {
    const moved = afterCalls(beginLimit(bounds, 20), 100, call(100, 20));
    expect(moved).toMatchObject({ changedAt: 99, restMs: 150, calls: 0 });
    expect(observe(moved, call(100, 20), 99).calls).toBe(0);
    expect(observe(moved, call(100, 20), 248).calls).toBe(0);
    expect(observe(moved, call(100, 20), 249).calls).toBe(1);
    expect(observe(moved, call(100, 20), 98).calls).toBe(1);
    const still = afterCalls(beginLimit(bounds, 200), 100, call(100, 200));
    expect(still).toMatchObject({ changedAt: 99, restMs: 0 });
    expect(observe(still, call(100, 20), 99).calls).toBe(1);
    const model = { ...beginLimit(bounds, 100).model, baseMs: 100, baseCalls: 1_000 };
    const hardly = afterCalls({ ...beginLimit(bounds, 100), model }, 300, call(150, 100));
    expect(hardly).toMatchObject({ calls: 0, restMs: 0, model: { estimate: 104 } });
  });

  test('counts only what can be, and of one call no more than twenty times the base', () => {
    const begun = beginLimit(bounds, 20);
    expect(observe(begun, call(-1, 1), 1)).toBe(begun);
    expect(observe(begun, call(Number.NaN, 1), 1)).toBe(begun);
    expect(observe(begun, call(0, 1), 1).calls).toBe(1);
    expect(observe(begun, call(1e9, 1), 1).sumMs).toBe(1e9);
    const known = afterCalls(begun, 100, call(100, 1));
    expect(observe(known, call(1e9, 1), 200).sumMs).toBeCloseTo(2_000);
    expect(observe(known, call(1_999, 1), 200).sumMs).toBe(1_999);
  });

  test('goes on with the same window while it is unsure of a cut', () => {
    const model = { ...beginLimit(bounds, 60).model, baseMs: 100, baseCalls: 1_000, cutFrom: 100, cutFromMs: 300 };
    const unsure = afterCalls({ ...beginLimit(bounds, 60), model }, 180, call(290, 60));
    expect(unsure).toMatchObject({ calls: 180, model: { isUnsure: true } });
    expect(afterCalls(unsure, 359, call(290, 60), 180).calls).toBe(539);
    const back = afterCalls(unsure, 360, call(290, 60), 180);
    expect(back).toMatchObject({ calls: 0, model: { isUnsure: false, estimate: 100 } });
    expect(back.model.baseMs).toBeCloseTo(290);
  });

  test('does not look where it can grow and no queue shows', () => {
    let limit = afterCalls(beginLimit(bounds, 60), 400, call(100, 1));
    let looks = 0;
    for (let at = 0; at < 20_000; at++) {
      limit = observe(limit, { ...call(100, 60), limit: 60 }, 1_000 + at * 3);
      looks += Number(limit.isLooking);
    }
    expect(looks).toBe(0);
  });

  test('goes on when the clock was set back by a day', () => {
    const day = 86_400_000;
    const known = busy(afterCalls(beginLimit(bounds, 10), 400, call(100, 1), day), 100, 40, 100, day + 1_000);
    expect(limitOf(busy(known, 4_000, 40, 100, 1_000))).toBeGreaterThan(50);
  });
});

describe('an adaptive limit that others have a say in', () => {
  const known = () => busy(afterCalls(beginLimit(bounds, 60), 400, call(100, 1)), 2_000, 40, 100, 1_000);
  const heard = afterCalls;

  test('takes each step from the limit in force, and not from its own', () => {
    const calls = { ...call(100, 30), limit: 30 };
    const next = heard(beginLimit(bounds, 60), 100, calls, 0);
    expect(next.model.estimate).toBeGreaterThan(40);
    expect(next.model.estimate).toBeLessThan(50);
  });

  test('is in the way when the limit in force is, however much it would allow itself', () => {
    const unqueued = heard(beginLimit(bounds, 150), 400, call(100, 1), 0);
    const queued = heard(unqueued, 2_000, { ...call(150, 60), limit: 60 }, 1_000);
    // No queue is taken for the target's own time.
    expect(queued.model.baseMs).toBeCloseTo(100);
    expect(queued.model.estimate).toBeLessThan(70);
  });

  test('keeps what it is between two whole numbers, and what it was before a look, whatever is in force then', () => {
    const grown = heard(beginLimit(bounds, 21), 100, call(100, 21), 0);
    const { estimate } = grown.model;
    expect(Number.isInteger(estimate)).toBe(false);
    expect(heard(grown, 200, call(100, 1), 1_000).model.estimate).toBe(estimate);
    const looking = { ...known(), isLooking: true };
    const looked = heard(looking, 100, { ...call(100, 10), limit: 10 }, 50_000);
    expect(looked.isLooking).toBe(false);
    expect(looked.model.estimate).toBe(looking.model.estimate);
  });

  test('learns nothing by a look that the others did not follow', () => {
    let limit = known();
    const { baseMs } = limit.model;
    let looks = 0;
    let at = 3_000;
    for (let calls = 0; calls < 60_000; calls++) {
      const before = limit.isLooking;
      at += 2.5;
      limit = observe(limit, { ...call(150, 60), limit: 60 }, at);
      if (!before && limit.isLooking) looks++;
    }
    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThan(6);
    expect(limit.model.baseMs).toBeCloseTo(baseMs);
    expect(limit.model.estimate).toBeGreaterThan(55);
    expect(limit.model.estimate).toBeLessThan(70);
  });
});
