import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BudgetCounts,
  budgetFrom,
  budgetSlotOf,
  budgetWindow,
  decideBudget,
  defaultBudgetRules,
  noCounts,
  outageRules,
  sumBudget,
  tellOverBudget,
} from '../../../shared/policy/budget/index.ts';

const { slotMs } = budgetWindow;
const now = 100 * slotMs + 4_000;
const use = (first: number, retries: number, retriesInSlot = 0, over = 0) => ({
  inWindow: { ...noCounts, first, retries, over },
  retriesInSlot,
  lately: noCounts,
  retriesInSecond: 0,
  failuresInRow: 0,
  backAt: 0,
});
const ask = (given: ReturnType<typeof use>, rules = defaultBudgetRules, chance = 0) =>
  decideBudget(given, rules, now, chance);

describe('a retry budget', () => {
  test('lets retries through up to their share of first attempts in the last minute', () => {
    expect(ask(use(6_000, 1_199))).toEqual({ kind: 'granted' });
    expect(ask(use(6_000, 1_200))).toMatchObject({
      kind: 'over',
      firstAttempts: 6_000,
      retries: 1_200,
      allowed: 1_200,
    });
  });

  test('gives a quiet target its floor, however few first attempts it sees', () => {
    expect(ask(use(0, 0))).toEqual({ kind: 'granted' });
    expect(ask(use(10, 599, 49))).toEqual({ kind: 'granted' });
    expect(ask(use(10, 600))).toMatchObject({ kind: 'over', allowed: 600 });
    expect(ask(use(10, 0), { share: 0, floor: 0 })).toMatchObject({ kind: 'over', allowed: 0 });
  });

  test('spreads what a minute allows over its seconds, one at least in each slot', () => {
    // Of a slot the fifth second goes on: half of what it has.
    expect(ask(use(6_000, 300, 99))).toEqual({ kind: 'granted' });
    expect(ask(use(6_000, 300, 100))).toMatchObject({ kind: 'over', allowed: 1_200 });
    const slow = { share: 0, floor: 0.05 };
    expect(ask(use(0, 0, 0), slow)).toEqual({ kind: 'granted' });
    expect(ask(use(0, 1, 1), slow)).toMatchObject({ kind: 'over' });
  });

  test('lets no more through in a second than one and a half of its parts, though the seconds before left theirs', () => {
    const late = { ...use(6_000, 0, 0), retriesInSecond: 27 };
    expect(ask(late)).toEqual({ kind: 'granted' });
    expect(ask({ ...late, retriesInSecond: 28 })).toMatchObject({ kind: 'over' });
    expect(ask({ ...use(0, 0), retriesInSecond: 0 }, { share: 0, floor: 0.1 })).toEqual({ kind: 'granted' });
  });

  test('has who is over wait for the next second and then by chance, the longer the more were sent away', () => {
    const untilOf = (over: number, chance: number) =>
      (ask(use(6_000, 1_200, 0, over), defaultBudgetRules, chance) as { until: number }).until;
    const nextSecondAt = now + 1_000;
    expect(untilOf(0, 0)).toBe(nextSecondAt);
    expect(untilOf(0, 0.5)).toBe(nextSecondAt + 500);
    expect(untilOf(3_599, 0.5)).toBe(nextSecondAt + 90_000);
    expect(untilOf(1e9, 1)).toBe(nextSecondAt + 600_000);
  });

  test('never lets more through than its rules say, whatever comes', () => {
    const rules = fc.record({ share: fc.double({ min: 0, max: 2, noNaN: true }), floor: fc.nat(20) });
    fc.assert(
      fc.property(rules, fc.array(fc.record({ gapMs: fc.nat(3_000), isRetry: fc.boolean() })), (each, calls) => {
        let at = 0;
        const counted: { at: number; key: keyof BudgetCounts }[] = [];
        for (const { gapMs, isRetry } of calls) {
          at += gapMs;
          const inWindow = { ...noCounts };
          for (const one of counted) if (budgetSlotOf(one.at) >= budgetFrom(at)) inWindow[one.key]++;
          const inSlot = counted.filter((one) => one.key === 'retries' && budgetSlotOf(one.at) === budgetSlotOf(at));
          const verdict = decideBudget(
            {
              inWindow,
              retriesInSlot: inSlot.length,
              lately: noCounts,
              retriesInSecond: 0,
              failuresInRow: 0,
              backAt: 0,
            },
            each,
            at,
            0.5,
          );
          if (isRetry && verdict.kind === 'granted')
            expect(inWindow.retries + 1).toBeLessThanOrEqual(Math.max(each.share * inWindow.first, 60 * each.floor));
          if (verdict.kind === 'over') expect(verdict.until).toBeGreaterThan(at);
          counted.push({ at, key: !isRetry ? 'first' : verdict.kind === 'granted' ? 'retries' : 'over' });
        }
      }),
    );
  });

  describe('of a target that is out', () => {
    const out = (first: number, retries: number, lately: Partial<BudgetCounts>, failuresInRow: number) => ({
      ...use(first, retries),
      lately: { ...noCounts, ...lately },
      failuresInRow,
    });
    const { failures } = outageRules;

    test('begins with so many failures in a row, or lately without a success in the whole fleet, and ends with a success', () => {
      expect(ask(out(6_000, 100, { first: 900 }, failures - 1))).toEqual({ kind: 'granted' });
      expect(ask(out(6_000, 100, { first: 900 }, failures))).toMatchObject({
        kind: 'over',
        allowed: expect.closeTo(60),
        share: expect.closeTo(0.01),
      });
      expect(ask(out(6_000, 100, { first: 900, failed: failures }, 1))).toMatchObject({
        kind: 'over',
        allowed: expect.closeTo(60),
      });
      expect(ask(out(6_000, 100, { first: 900, failed: 500, succeeded: 1 }, 1))).toEqual({ kind: 'granted' });
    });

    test('is one retry for a hundred first attempts, and none where these are too few: each of them is a probe', () => {
      expect(ask(out(6_000, 9, { first: 900 }, 500))).toEqual({ kind: 'granted' });
      expect(ask(out(60, 0, { first: 9 }, 500))).toMatchObject({ kind: 'over', allowed: expect.closeTo(0.6) });
    });

    test('is the floor where no first attempts come, the less the longer it goes on, and one a slot at least', () => {
      expect(ask(out(60, 599, {}, 100))).toEqual({ kind: 'granted' });
      expect(ask({ ...out(60, 100, {}, 1_000), retriesInSlot: 1 })).toMatchObject({
        kind: 'over',
        allowed: expect.closeTo(60),
      });
      const late = out(0, 300, {}, 100_000);
      expect(ask(late)).toEqual({ kind: 'granted' });
      expect(ask({ ...late, retriesInSlot: 1 })).toMatchObject({ kind: 'over' });
      expect(ask(late, { share: 0, floor: 0 })).toMatchObject({ kind: 'over' });
    });

    test('has who is over come back within half a minute, since it may be well by then', () => {
      const untilOf = (over: number, chance: number) => {
        const given = out(6_000, 100, { first: 900 }, 500);
        const verdict = ask({ ...given, inWindow: { ...given.inWindow, over } }, defaultBudgetRules, chance);
        return (verdict as { until: number }).until - now;
      };
      expect(untilOf(0, 0.5)).toBe(16_000);
      expect(untilOf(3_599, 0.5)).toBe(91_000);
    });

    test('leaves nothing of its slot behind: after the first success each second gets its own', () => {
      const back = { ...use(600, 100, 19), backAt: now - 1_500 };
      expect(ask({ ...back, retriesInSlot: 29 })).toEqual({ kind: 'granted' });
      expect(ask({ ...back, retriesInSlot: 30 })).toMatchObject({ kind: 'over' });
      expect(ask({ ...back, retriesInSlot: 49, backAt: now - 20_000 })).toEqual({ kind: 'granted' });
    });

    test('never allows more than the rules say of one that is well', () => {
      expect(ask(out(6_000, 0, {}, 500), { share: 0.001, floor: 0.1 })).toEqual({ kind: 'granted' });
      expect(ask({ ...out(6_000, 6, {}, 50), retriesInSlot: 1 }, { share: 0.001, floor: 0.1 })).toMatchObject({
        allowed: 6,
      });
    });
  });

  test('tells its numbers for the audit', () => {
    const over = { firstAttempts: 1_000.7, retries: 212, allowed: 200.9, share: 0.2 };
    expect(tellOverBudget('http:https://a.example', over)).toBe(
      'over the retry budget of http:https://a.example: 212 retries to 1,000 first attempts in a minute; 200 are allowed, evenly spread (20 % or the floor)',
    );
  });
});

describe('the window of a budget', () => {
  test('holds between 50 and 60 seconds', () => {
    expect(now - budgetFrom(now) * slotMs).toBe(54_000);
    expect((budgetSlotOf(now) + 1) * slotMs - budgetFrom(now) * slotMs).toBe(60_000);
  });

  test('adds up what is in it, whatever else was counted there', () => {
    const all = [
      { slot: 1, counts: { first: 5 } },
      { slot: 2, counts: { first: 3, retries: 1, strange: 9 } },
      { slot: 3, counts: { over: 2 } },
    ];
    expect(sumBudget(all, 2)).toEqual({ ...noCounts, first: 3, retries: 1, over: 2 });
  });
});
