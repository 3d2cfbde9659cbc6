import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BudgetCounts,
  budgetFrom,
  budgetSlotOf,
  budgetWindow,
  decideBudget,
  defaultBudgetRules,
  sumBudget,
  tellOverBudget,
} from '../../../shared/policy/budget/index.ts';

const { slotMs } = budgetWindow;
const now = 100 * slotMs + 4_000;
const use = (first: number, retries: number, retriesInSlot = 0, over = 0) => ({
  inWindow: { first, retries, over },
  retriesInSlot,
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
          const inWindow = { first: 0, retries: 0, over: 0 };
          for (const one of counted) if (budgetSlotOf(one.at) >= budgetFrom(at)) inWindow[one.key]++;
          const inSlot = counted.filter((one) => one.key === 'retries' && budgetSlotOf(one.at) === budgetSlotOf(at));
          const verdict = decideBudget({ inWindow, retriesInSlot: inSlot.length }, each, at, 0.5);
          if (isRetry && verdict.kind === 'granted')
            expect(inWindow.retries + 1).toBeLessThanOrEqual(Math.max(each.share * inWindow.first, 60 * each.floor));
          if (verdict.kind === 'over') expect(verdict.until).toBeGreaterThan(at);
          counted.push({ at, key: !isRetry ? 'first' : verdict.kind === 'granted' ? 'retries' : 'over' });
        }
      }),
    );
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
    expect(sumBudget(all, 2)).toEqual({ first: 3, retries: 1, over: 2 });
  });
});
