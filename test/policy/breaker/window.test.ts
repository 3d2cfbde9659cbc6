import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BreakerRules,
  type BreakerWindow,
  countOutcome,
  countSuccessesOf,
  countsOf,
  createBreaker,
  defaultBreakerRules,
} from '../../../shared/policy/breaker/index.ts';

interface Call {
  readonly isFailure: boolean;
  readonly isSlow: boolean;
}

/** What a window must hold: every call is kept in a list with its slot, and counted anew each time. */
function anOracle(shape: BreakerWindow) {
  let all: (Call & { readonly slot: number })[] = [];
  let head: number | undefined;

  function goTo(now: number): void {
    if (shape.kind === 'count') return;
    const slot = Math.floor(now / (shape.ms / 10));
    if (head !== undefined && slot <= head - 10) all = [];
    head = head === undefined || slot <= head - 10 ? slot : Math.max(head, slot);
    const first = head - 9;
    all = all.filter((each) => each.slot >= first);
  }

  return {
    count(call: Call, now: number) {
      goTo(now);
      all.push({ ...call, slot: head ?? 0 });
      if (shape.kind === 'count') all = all.slice(-shape.calls);
    },
    at(now: number) {
      if (head !== undefined) goTo(now);
      const numberOf = (is: (call: Call) => boolean) => all.filter(is).length;
      return { calls: all.length, failures: numberOf((call) => call.isFailure), slow: numberOf((call) => call.isSlow) };
    },
  };
}

function aWindow(window: BreakerWindow) {
  const rules: BreakerRules = { ...defaultBreakerRules, window };
  const breaker = createBreaker();
  return {
    count: ({ isFailure, isSlow }: Call, now: number) => countOutcome(breaker, rules, isFailure, isSlow, now),
    at(now: number) {
      const { calls, failures, slow } = countsOf(breaker, now);
      return { calls, failures, slow };
    },
  };
}

const fine: Call = { isFailure: false, isSlow: false };
const failed: Call = { isFailure: true, isSlow: false };

const day = 86_400_000;
const jump = fc.oneof(
  { weight: 6, arbitrary: fc.nat(900) },
  { weight: 2, arbitrary: fc.integer({ min: -60, max: -1 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: day }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 999, 1_000, 1_001, 9_000, 9_999, 10_000, 10_001, 60_000, day) },
  { weight: 1, arbitrary: fc.constantFrom(-1_000, -9_000, -9_999, -10_000, -10_001, -day) },
);
const step = fc.record({ jump, isFailure: fc.boolean(), isSlow: fc.boolean(), looks: fc.boolean() });

describe('the window of a breaker', () => {
  test.each<[string, BreakerWindow]>([
    ['ten seconds', { kind: 'time', ms: 10_000 }],
    ['a span that ten does not divide', { kind: 'time', ms: 1_003 }],
    ['33 calls', { kind: 'count', calls: 33 }],
    ['one call', { kind: 'count', calls: 1 }],
    ['16 calls, a word of bits', { kind: 'count', calls: 16 }],
  ])('of %s holds what a list of all calls would hold, however the clock jumps', (_, shape) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), fc.nat(20_000), (steps, start) => {
        const window = aWindow(shape);
        const oracle = anOracle(shape);
        let now = 1_700_000_000_000 + start;
        for (const { jump, looks, ...call } of steps) {
          now += jump;
          window.count(call, now);
          oracle.count(call, now);
          if (looks) expect(window.at(now + jump)).toEqual(oracle.at(now + jump));
        }
        expect(window.at(now)).toEqual(oracle.at(now));
      }),
    );
  });

  test.each([1, 999, 3_000, 8_999, 9_000, 60_000, 3_600_000, day])(
    'is after a freeze of %d ms what it would have been, had somebody looked at it all the time',
    (frozenMs) => {
      const [frozen, watched] = [aWindow({ kind: 'time', ms: 10_000 }), aWindow({ kind: 'time', ms: 10_000 })];
      for (const window of [frozen, watched]) for (let at = 0; at < 10_000; at += 250) window.count(failed, at);
      const end = 9_750 + frozenMs;
      for (let looks = 0; looks < 1_000; looks++) watched.at(9_750 + (frozenMs * looks) / 1_000);
      expect(frozen.at(end)).toEqual(watched.at(end));
    },
  );

  test('holds the calls of the slot of now and of nine before it', () => {
    const window = aWindow({ kind: 'time', ms: 10_000 });
    window.count(failed, 999);
    window.count(fine, 1_000);
    expect(window.at(9_999)).toEqual({ calls: 2, failures: 1, slow: 0 });
    expect(window.at(10_000)).toEqual({ calls: 1, failures: 0, slow: 0 });
    expect(window.at(11_000)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });

  test('counts a time that lies a little back as now, and begins anew where it lies a window back', () => {
    const window = aWindow({ kind: 'time', ms: 10_000 });
    window.count(failed, 20_000);
    window.count(failed, 11_000);
    expect(window.at(29_999).calls).toBe(2);
    window.count(fine, 10_999);
    expect(window.at(10_999)).toEqual({ calls: 1, failures: 0, slow: 0 });
    expect(window.at(19_999).calls).toBe(1);
  });

  test('of times before 1970 is a window as well', () => {
    const window = aWindow({ kind: 'time', ms: 10_000 });
    for (let at = -25_000; at < -15_000; at += 1_000) window.count(failed, at);
    expect(window.at(-15_001).calls).toBe(10);
    expect(window.at(-12_000).calls).toBe(6);
  });

  test('of the last calls forgets nothing by time', () => {
    const window = aWindow({ kind: 'count', calls: 3 });
    for (let call = 0; call < 3; call++) window.count(failed, 0);
    window.count({ isFailure: false, isSlow: true }, day);
    expect(window.at(400 * day)).toEqual({ calls: 3, failures: 2, slow: 1 });
  });

  test('begins anew when its breaker is given another one', () => {
    const breaker = createBreaker();
    const rules = { ...defaultBreakerRules, window: { kind: 'count', calls: 10 } as const };
    for (let call = 0; call < 4; call++) countOutcome(breaker, defaultBreakerRules, true, true, 0);
    expect(countsOf(breaker, 0)).toEqual({ calls: 4, failures: 4, slow: 4, failuresInRow: 4 });
    countOutcome(breaker, rules, true, false, 0);
    expect(countsOf(breaker, 0)).toEqual({ calls: 1, failures: 1, slow: 0, failuresInRow: 5 });
  });

  test.each<[BreakerWindow, BreakerWindow, number]>([
    [{ kind: 'time', ms: 1_000 }, { kind: 'time', ms: 1_000 }, 2],
    [{ kind: 'time', ms: 1_000 }, { kind: 'time', ms: 1_001 }, 1],
    [{ kind: 'count', calls: 1_000 }, { kind: 'count', calls: 1_000 }, 2],
    [{ kind: 'count', calls: 1_000 }, { kind: 'count', calls: 1_001 }, 1],
    [{ kind: 'time', ms: 1_000 }, { kind: 'count', calls: 1_000 }, 1],
    [{ kind: 'count', calls: 1_000 }, { kind: 'time', ms: 1_000 }, 1],
  ])('%j goes on as %j only where that is the same: then it holds %d calls', (before, after, calls) => {
    const breaker = createBreaker();
    countOutcome(breaker, { ...defaultBreakerRules, window: before }, false, false, 0);
    countOutcome(breaker, { ...defaultBreakerRules, window: after }, false, false, 0);
    expect(countsOf(breaker, 0).calls).toBe(calls);
  });

  test.each<[string, BreakerWindow]>([
    ['time', { kind: 'time', ms: 10_000 }],
    ['calls', { kind: 'count', calls: 5 }],
  ])('of %s holds successes that are counted at once as if each had been counted alone', (_, window) => {
    const rules: BreakerRules = { ...defaultBreakerRules, window, early: true };
    const batch = fc.record({ ms: fc.nat(20_000), failures: fc.nat(2), calls: fc.nat(12), isSlow: fc.boolean() });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const [together, alone] = [createBreaker(), createBreaker()];
        let now = 0;
        for (const { ms, failures, calls, isSlow } of batches) {
          now += ms;
          for (const breaker of [together, alone])
            for (let call = 0; call < failures; call++) countOutcome(breaker, rules, true, false, now);
          countSuccessesOf(together, rules, calls, isSlow, now);
          for (let call = 0; call < calls; call++) countOutcome(alone, rules, false, isSlow, now);
          expect(together).toEqual(alone);
        }
      }),
    );
  });

  test('holds successes that are counted at once as its rules want it now', () => {
    const breaker = createBreaker();
    countSuccessesOf(breaker, defaultBreakerRules, 3, false, 0);
    const window: BreakerWindow = { kind: 'count', calls: 10 };
    countSuccessesOf(breaker, { ...defaultBreakerRules, window }, 4, true, 0);
    expect(countsOf(breaker, 0)).toEqual({ calls: 4, failures: 0, slow: 4, failuresInRow: 0 });
    countSuccessesOf(breaker, { ...defaultBreakerRules, window }, 0, true, 0);
    expect(countsOf(breaker, 0).calls).toBe(4);
  });

  test('is not there before the first call', () => {
    expect(createBreaker()).toEqual({ failuresInRow: 0, evidence: 0, probed: 0 });
    expect(countsOf(createBreaker(), 0)).toEqual({ calls: 0, failures: 0, slow: 0, failuresInRow: 0 });
  });
});
