import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  admit,
  type Breaker,
  type BreakerRules,
  countOutcome,
  createBreaker,
  defaultBreakerRules,
  failureRateNow,
  record,
  rulesNow,
  stateOf,
  tellThreshold,
} from '../../../shared/policy/breaker/index.ts';

const rules: BreakerRules = {
  ...defaultBreakerRules,
  failures: 0,
  failureRate: 0.4,
  minimumCalls: 50,
  adaptive: { least: 0.2, most: 0.8 },
};
const half = () => 0.5;
const rateOf = (calls: number, failures: number, by = rules) => failureRateNow({ calls, failures }, by)!;

/** The chance of so many failures or more, added up. */
function chanceOf(failures: number, calls: number, each: number): number {
  let [sum, logChoose] = [0, 0];
  for (let count = 0; count <= calls; count++) {
    if (count >= failures) sum += Math.exp(logChoose + count * Math.log(each) + (calls - count) * Math.log(1 - each));
    logChoose += Math.log((calls - count) / (count + 1));
  }
  return sum;
}

/** So many calls a second, of which each `failEach`th fails. */
function live(breaker: Breaker, seconds: number, failEach: number, from = 0, by = rules): void {
  for (let second = from; second < from + seconds; second++)
    for (let call = 1; call <= 10; call++)
      record(breaker, by, (second * 10 + call) % failEach === 0 ? 'failed' : 'succeeded', second * 1_000, half);
}

describe('an adaptive threshold', () => {
  test('is so high that chance comes to it less than once in a million, and hardly higher', () => {
    const some = fc.record({
      own: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
      calls: fc.integer({ min: 40, max: 800 }),
    });
    fc.assert(
      fc.property(some, ({ own, calls }) => {
        const by = { ...rules, minimumCalls: calls, adaptive: { least: 1e-9, most: 1 } };
        const seen = 1e7;
        const rate = rateOf(seen, seen * own, by);
        if (rate < 1) expect(chanceOf(Math.ceil(rate * calls), calls, own)).toBeLessThan(1e-6);
        // The bound is not sharp: two orders of magnitude, and a call more or less.
        expect(chanceOf(Math.floor(rate * calls) - 2, calls, own)).toBeGreaterThan(1e-9);
      }),
    );
  });

  test.each([
    [10_000, 0, 0.2],
    [10_000, 500, 0.277],
    [10_000, 2_000, 0.5365],
    [10_000, 5_000, 0.8],
  ])('of a target of which %d calls failed %d times is %d', (calls, failures, rate) => {
    expect(rateOf(calls, failures)).toBeCloseTo(rate, 3);
  });

  test('grows with the target’s own rate, falls with the calls that are looked at, and keeps to its bounds', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.integer({ min: 1, max: 500 }), (one, other, calls) => {
        const by = { ...rules, minimumCalls: calls };
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((own) => rateOf(1_000, own * 1_000, by));
        expect(low).toBeLessThanOrEqual(high!);
        expect(low).toBeGreaterThanOrEqual(0.2);
        expect(high).toBeLessThanOrEqual(0.8);
        expect(rateOf(1_000, one * 1_000, { ...by, minimumCalls: calls + 1 })).toBeLessThanOrEqual(
          rateOf(1_000, one * 1_000, by) + 1e-4,
        );
      }),
    );
  });

  test('is the one that was configured while little is known, and where nothing adapts', () => {
    expect(failureRateNow(undefined, rules)).toBe(0.4);
    expect(rateOf(49.9, 0)).toBe(0.4);
    expect(rateOf(50, 0)).toBe(0.2);
    expect(rateOf(1_000, 0, { ...rules, adaptive: undefined })).toBe(0.4);
    expect(failureRateNow(undefined, defaultBreakerRules)).toBeUndefined();
  });

  test('lets a target that fails often by nature be, and opens for another that fails as often all of a sudden', () => {
    const [often, seldom] = [createBreaker(), createBreaker()];
    const by = { ...rules, failureRate: 0.8 };
    live(often, 600, 3, 0, by);
    live(seldom, 600, 100, 0, by);
    expect([failureRateNow(often.window?.past, by), failureRateNow(seldom.window?.past, by)]).toEqual([
      expect.closeTo(0.698, 2),
      0.2,
    ]);
    live(often, 60, 3, 600, by);
    live(seldom, 60, 3, 600, by);
    expect([often, seldom].map(stateOf)).toEqual(['closed', 'open']);
  });

  test('takes what little it knows of a target with Laplace’s caution: one failure more, two calls more', () => {
    const rate = rateOf(50, 0, { ...rules, adaptive: { least: 1e-9, most: 1 } });
    const own = 1 / 52;
    const divergence = rate * Math.log(rate / own) + (1 - rate) * Math.log((1 - rate) / (1 - own));
    expect(50 * divergence).toBeCloseTo(Math.log(1e6), 2);
  });

  test('is not raised by an outage that goes on: what stands in the window is not yet the target’s own rate', () => {
    const breaker = createBreaker();
    live(breaker, 600, 100);
    const before = failureRateNow(breaker.window?.past, rules);
    for (let call = 0; call < 100; call++) record(breaker, rules, 'failed', 600_000, half);
    expect(failureRateNow(breaker.window?.past, rules)).toBeCloseTo(before!, 2);
  });

  test('does not learn from calls that opened the breaker', () => {
    const breaker = createBreaker();
    const by = { ...rules, successes: 1, openMs: 1_000 };
    live(breaker, 600, 100, 0, by);
    while (stateOf(breaker) === 'closed') record(breaker, by, 'failed', 600_000, half);
    const own = { ...breaker.window!.past };
    const probe = admit(breaker, by, 700_000, half);
    record(breaker, by, 'succeeded', 700_000, half, 0, probe.kind === 'admitted' ? probe.probe : undefined);
    live(breaker, 50, 1_000, 700, by);
    expect(breaker.window!.past).toEqual(own);
  });

  test('however slowly a target gets worse, it opens where the bound is', () => {
    const breaker = createBreaker();
    const by = { ...rules, adaptive: { least: 0.2, most: 0.5 } };
    let minutes = 0;
    for (let failEach = 20; failEach > 1 && stateOf(breaker) === 'closed'; failEach--, minutes += 5)
      live(breaker, 300, failEach, minutes * 60, by);
    expect(stateOf(breaker)).toBe('open');
    expect(breaker.outage!.because).toMatch(/^2\d\d of 5\d\d calls failed$/);
  });

  test('remembers about ten windows, by calls and not by time', () => {
    const [timed, counted] = [createBreaker(), createBreaker()];
    for (let call = 0; call < 20_000; call++) {
      countOutcome(timed, rules, false, false, call * 60);
      countOutcome(counted, { ...rules, window: { kind: 'count', calls: 1_000 } }, false, false, 0);
    }
    expect(timed.window!.past.calls).toBeCloseTo(10_000 * (1 - 0.99 ** 190), -2);
    expect(counted.window!.past.calls).toBeCloseTo(10_000 * (1 - Math.exp(-1.9)), -2);
    const { calls } = timed.window!.past;
    countOutcome(timed, rules, false, false, 400 * 86_400_000);
    expect(timed.window!.past.calls).toBeGreaterThan(calls * 0.9);
  });

  test('of a window of calls learns from each call that leaves it', () => {
    const breaker = createBreaker();
    const by = { ...rules, window: { kind: 'count', calls: 4 } as const };
    for (let call = 0; call < 4; call++) countOutcome(breaker, by, true, true, 0);
    expect(breaker.window!.past).toEqual({ calls: 0, failures: 0 });
    countOutcome(breaker, by, false, false, 0);
    expect(breaker.window!.past).toEqual({ calls: 1, failures: 1 });
    for (let call = 0; call < 4; call++) countOutcome(breaker, by, false, false, 0);
    const kept = 1 - 1 / 40;
    expect(breaker.window!.past.calls).toBeCloseTo(1 + kept + kept ** 2 + kept ** 3 + kept ** 4, 9);
    expect(breaker.window!.past.failures).toBeCloseTo(kept + kept ** 2 + kept ** 3 + kept ** 4, 9);
  });

  test('of a clock that was set back by days learns nothing', () => {
    const breaker = createBreaker();
    for (let call = 0; call < 100; call++) countOutcome(breaker, rules, true, false, 5 * 86_400_000);
    countOutcome(breaker, rules, true, false, 0);
    expect(breaker.window!.past).toEqual({ calls: 0, failures: 0 });
  });

  test('is handed to who judges without the past in the place of what was configured', () => {
    const past = { calls: 10_000, failures: 2_000 };
    expect(rulesNow(past, rules)).toEqual({ ...rules, failureRate: failureRateNow(past, rules) });
    expect(rulesNow(past, defaultBreakerRules)).toBe(defaultBreakerRules);
  });

  test('is explained', () => {
    expect(tellThreshold({ calls: 20_400, failures: 571 }, rules)).toBe(
      "21.8 %: the target's own rate is 2.8 % of about 20400 calls; what is beyond chance in 50 calls, between 20 % and 80 %",
    );
    const unknown = '40 % until 50 calls have left the window, then following the target between 20 % and 80 %';
    expect(tellThreshold(undefined, rules)).toBe(unknown);
    expect(tellThreshold({ calls: 49, failures: 0 }, rules)).toBe(unknown);
    expect(tellThreshold({ calls: 50, failures: 0 }, rules)).toMatch(/^20 %: /);
    expect(tellThreshold(undefined, { ...rules, adaptive: undefined })).toBe(
      '40 % of at least 50 calls, as configured',
    );
    expect(tellThreshold(undefined, defaultBreakerRules)).toBeUndefined();
  });
});
