import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BreakerRules,
  breaches,
  type CallCounts,
  criteria,
  defaultBreakerRules,
  judgeFleet,
} from '../../../shared/policy/breaker/index.ts';

const rules: BreakerRules = { ...defaultBreakerRules, failureRate: 0.5, slowRate: 0.4, slowMs: 100 };
const onlyRates: BreakerRules = { ...rules, failures: 0 };

const counts = (more: Partial<CallCounts>): CallCounts => ({
  calls: 0,
  failures: 0,
  slow: 0,
  failuresInRow: 0,
  ...more,
});
const healthy = counts({ calls: 1_000, failures: 10 });
const dead = counts({ calls: 1_000, failures: 1_000, failuresInRow: 1_000 });
const times = (count: number, of: CallCounts) => Array.from({ length: count }, () => of);
const opens = (instances: readonly CallCounts[], by: BreakerRules = rules) => judgeFleet(instances, by).opens;
const because = (instances: readonly CallCounts[], by: BreakerRules = rules) => {
  const verdict = judgeFleet(instances, by);
  return verdict.opens ? verdict.because : undefined;
};

const instance = fc
  .record({ ok: fc.nat(60), failures: fc.nat(60), slow: fc.nat(40), isInRow: fc.boolean() })
  .map(({ ok, failures, slow, isInRow }) =>
    counts({
      calls: ok + failures,
      failures,
      slow: Math.min(slow, ok + failures),
      failuresInRow: isInRow ? failures : 0,
    }),
  );
const anyRules = fc
  .record({
    failures: fc.nat(12),
    minimumCalls: fc.integer({ min: 1, max: 60 }),
    failureRate: fc.option(fc.constantFrom(0.1, 1 / 3, 0.5, 1), { nil: undefined }),
    slowRate: fc.option(fc.constantFrom(0.1, 0.5), { nil: undefined }),
    early: fc.boolean(),
  })
  .map((some): BreakerRules => ({ ...defaultBreakerRules, ...some, slowMs: 100 }));

describe('the verdict of a fleet', () => {
  test('of one instance is its own', () => {
    fc.assert(
      fc.property(instance, anyRules, (one, by) => {
        expect(opens([one], by)).toBe(criteria.some((criterion) => breaches(criterion, one, by)));
        expect(opens([counts({}), one, counts({})], by)).toBe(opens([one], by));
      }),
    );
  });

  test('opens where the target is down for all', () => {
    expect(because(times(4, counts({ calls: 2, failures: 2, failuresInRow: 2 })))).toBe(
      '8 failures in a row at 4 instances',
    );
    expect(because(times(4, dead), onlyRates)).toBe('4000 of 4000 calls failed at 4 instances');
    expect(because([dead], onlyRates)).toBe('1000 of 1000 calls failed');
    expect(because(times(2, counts({ calls: 100, slow: 40 })))).toBe('80 of 200 calls were slow at 2 instances');
  });

  test('of 64 instances opens with the sixth failure, when nobody has heard of a success', () => {
    const failing = (count: number) => times(count, counts({ calls: 1, failures: 1, failuresInRow: 1 }));
    expect(opens([...failing(5), ...times(59, counts({}))])).toBe(true);
    expect(opens([...failing(4), ...times(60, counts({}))])).toBe(false);
    expect(opens([...failing(5), ...times(59, healthy)])).toBe(false);
    expect(opens([...failing(6), ...times(58, healthy)])).toBe(true);
  });

  test('does not open for one instance that is broken, however many calls it makes', () => {
    expect(opens([dead, healthy])).toBe(false);
    expect(opens([counts({ calls: 1e6, failures: 1e6, slow: 1e6, failuresInRow: 1e6 }), ...times(63, healthy)])).toBe(
      false,
    );
    expect(opens([dead, counts({ calls: 1 })])).toBe(false);
    expect(opens([dead, dead, ...times(2, healthy)], onlyRates)).toBe(false);
  });

  test('leaves out the one that is worst, not the one that fails most', () => {
    // Without the second, which fails most, all calls would have failed.
    const broken = counts({ calls: 100, failures: 100 });
    const busy = counts({ calls: 300, failures: 101 });
    expect(opens([broken, busy], onlyRates)).toBe(false);
    expect(opens([busy, broken], onlyRates)).toBe(false);
    const slow = counts({ calls: 100, slow: 100 });
    expect(opens([slow, counts({ calls: 300, slow: 101 })], onlyRates)).toBe(false);
  });

  test('asks those that are left for their part of what is needed', () => {
    const some = (calls: number, failuresInRow = 0) => counts({ calls, failures: calls, failuresInRow });
    expect(opens([some(30), some(10)], onlyRates)).toBe(true);
    expect(opens([some(30), some(9)], onlyRates)).toBe(false);
    expect(opens([some(3, 3), some(3, 3)])).toBe(true);
    expect(opens([some(5, 5), some(2, 2)])).toBe(false);
    expect(opens([some(16, 16), some(16, 16)], { ...onlyRates, minimumCalls: 100, early: true })).toBe(true);
    expect(opens([some(17, 17), some(15, 15)], { ...onlyRates, minimumCalls: 100, early: true })).toBe(false);
  });

  test('of early detection needs a run that is no chance, and says so', () => {
    const early = { ...onlyRates, minimumCalls: 1e5, early: true };
    const run = (failuresInRow: number) => counts({ calls: 5_000, failures: 100, failuresInRow });
    expect(because(times(4, run(8)), early)).toBe('failures beyond chance, the last 32 in a row at 4 instances');
    expect(opens([...times(3, run(8)), run(7)], early)).toBe(false);
    expect(opens(times(4, run(8)), { ...early, early: false })).toBe(false);
  });

  test('never opens for one alone, whatever that one has counted', () => {
    const well = instance.map((each) =>
      counts({ calls: each.calls, failures: Math.floor(each.calls * 0.09), slow: Math.floor(each.calls * 0.09) }),
    );
    fc.assert(
      fc.property(fc.array(well, { minLength: 1, maxLength: 6 }), instance, anyRules, (others, bad, by) => {
        fc.pre(others.some(({ calls }) => calls > 0));
        expect(judgeFleet([...others, bad], by)).toEqual({ opens: false });
      }),
    );
  });

  test('when it opens, what it opens by would be so without any one of them', () => {
    fc.assert(
      fc.property(fc.array(instance, { minLength: 2, maxLength: 6 }), anyRules, (all, by) => {
        const instances = all.filter(({ calls }) => calls > 0);
        fc.pre(instances.length > 1 && opens(instances, by));
        const rateless = { ...by, minimumCalls: 1 };
        const standsWithout = (one: CallCounts, criterion: (typeof criteria)[number]) =>
          breaches(criterion, sumOf(instances.filter((each) => each !== one)), rateless, instances.length);
        expect(criteria.some((criterion) => instances.every((one) => standsWithout(one, criterion)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('does not hang on the order', () => {
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 6 }), anyRules, (instances, by) => {
        expect(judgeFleet([...instances].reverse(), by)).toEqual(judgeFleet(instances, by));
      }),
    );
    // Equally bad, and only without the smaller one enough calls are left.
    const pair = [counts({ calls: 20, failures: 10 }), counts({ calls: 4, failures: 2 })];
    expect(opens(pair, onlyRates)).toBe(false);
    expect(opens([...pair].reverse(), onlyRates)).toBe(false);
  });

  test('is no outage where nobody called', () => {
    expect(judgeFleet([], rules)).toEqual({ opens: false });
    expect(judgeFleet(times(3, counts({})), { ...rules, minimumCalls: 1 })).toEqual({ opens: false });
  });

  test('hears of a run from an instance whose window is empty again', () => {
    expect(opens([counts({ failuresInRow: 5 })])).toBe(true);
  });
});

function sumOf(instances: readonly CallCounts[]): CallCounts {
  return instances.reduce(
    (all, each) => ({
      calls: all.calls + each.calls,
      failures: all.failures + each.failures,
      slow: all.slow + each.slow,
      failuresInRow: all.failuresInRow + each.failuresInRow,
    }),
    counts({}),
  );
}
