import { describe, expect, test } from '@jest/globals';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { CodedError } from '../../shared/core/error.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { budgetName, createRetryBudget, type RetryBudget } from '../../shared/engine/retry-budget.ts';
import type { TargetCounts } from '../../shared/ports/index.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';

const target = 'http:https://pay.example';
const rules = { share: 0.2, floor: 0.1 };

/** Budgets of several engines on one store, which counts how often it is asked. */
function aLedger(engines: number, wrap: (counts: TargetCounts) => TargetCounts = (counts) => counts) {
  const clock = handClock(1_000_000);
  const reports: string[] = [];
  const asked: string[] = [];
  const memory = createMemoryTargetCounts();
  const counts = wrap({
    add(name, given, from) {
      asked.push(name);
      return memory.add(name, given, from);
    },
  });
  const budgets = Array.from({ length: engines }, (_, place) =>
    createRetryBudget({
      clock,
      random: seededRandom(place + 1),
      counts,
      rules,
      report: (error, context) => void reports.push(`${context}: ${error}`),
    }),
  );
  return { clock, budgets, asked, reports, counts: memory };
}

function first(budget: RetryBudget, times: number): void {
  for (let time = 0; time < times; time++) budget.countFirst(target);
}

const granted = (budget: RetryBudget, times: number): number =>
  Array.from({ length: times }, () => budget.ask(target)).filter(({ kind }) => kind === 'granted').length;

/** Asks in each of the next ten seconds, one engine after the other. */
async function grantedInSlot(clock: HandClock, budgets: readonly RetryBudget[], times: number): Promise<number[]> {
  const all = budgets.map(() => 0);
  for (let second = 0; second < 10; second++) {
    for (const [place, budget] of budgets.entries()) all[place]! += granted(budget, times);
    await clock.advance(1_000);
  }
  return all;
}

describe('the retry budgets of a fleet', () => {
  test('a fleet whose calls succeed asks nothing of the store', async () => {
    const { budgets, asked, clock } = aLedger(1);
    for (let second = 0; second < 120; second++) {
      first(budgets[0]!, 100);
      await clock.advance(1_000);
    }
    expect(asked).toEqual([]);
  });

  test('retries are granted up to their share of what was counted here in the last minute, evenly over its seconds', async () => {
    const { budgets, clock } = aLedger(1);
    first(budgets[0]!, 600);
    expect(granted(budgets[0]!, 100)).toBe(2);
    const slots: number[] = [];
    for (let slot = 0; slot < 6; slot++) slots.push(...(await grantedInSlot(clock, budgets, 100)));
    expect(slots).toEqual([18, 20, 20, 20, 20, 20]);
    // All of the first attempts have left the window: what is left is the floor, 6 in a minute.
    await clock.advance(60_000);
    expect(await grantedInSlot(clock, budgets, 100)).toEqual([1]);
  });

  test('one that was granted and did not begin is given back', () => {
    const [budget] = aLedger(1).budgets as [RetryBudget];
    first(budget, 600);
    expect(granted(budget, 25)).toBe(2);
    budget.takeBack(target);
    expect(granted(budget, 25)).toBe(1);
  });

  test('what others have begun counts, once it was heard of', async () => {
    const { budgets } = aLedger(2);
    const [one, other] = budgets as [RetryBudget, RetryBudget];
    first(one, 600);
    expect(granted(one, 30)).toBe(2);
    await one.refresh(target);
    await other.refresh(target);
    expect(granted(other, 30)).toBe(0);
  });

  test('first attempts of others make room as well', async () => {
    const { budgets } = aLedger(2);
    const [one, other] = budgets as [RetryBudget, RetryBudget];
    first(one, 6_000);
    await one.refresh(target);
    first(other, 6_000);
    expect(granted(other, 1_000)).toBe(20);
    await other.refresh(target);
    // 40 are allowed in this second, and what is begun here stands for as much again, or nearly.
    expect(granted(other, 1_000)).toBe(10);
  });

  test('between two times of hearing each engine takes its part of what is left, by its part in the calls', async () => {
    const { budgets, clock } = aLedger(4);
    for (const budget of budgets) {
      first(budget, 3_000);
      await budget.refresh(target);
    }
    await clock.advance(10_000);
    for (const budget of budgets) await budget.refresh(target);
    const each = await grantedInSlot(clock, budgets, 100);
    const all = each.reduce((sum, one) => sum + one, 0);
    // A slot of all has 400.
    expect(all).toBeGreaterThan(380);
    expect(all).toBeLessThanOrEqual(404);
    expect(Math.max(...each)).toBeLessThanOrEqual(101);
  });

  test('an engine that is new does not take its few retries for those of a large fleet', async () => {
    const { budgets, clock } = aLedger(2);
    const [old, fresh] = budgets as [RetryBudget, RetryBudget];
    for (let second = 0; second < 60; second++) {
      first(old, 10);
      await clock.advance(1_000);
    }
    await old.refresh(target);
    // It takes over: 600 calls a minute, of which it has made ten.
    first(fresh, 10);
    await clock.advance(1_000);
    await fresh.refresh(target);
    expect(granted(fresh, 100)).toBeGreaterThan(1);
  });

  test('the store is asked of a target every five seconds at most, however many ask', async () => {
    const { budgets, asked, clock } = aLedger(1);
    const [budget] = budgets as [RetryBudget];
    for (let tenth = 0; tenth < 200; tenth++) {
      budget.ask(target);
      await Promise.all([budget.refresh(target), budget.refresh(target)]);
      await clock.advance(100);
    }
    expect(asked).toEqual(Array(4).fill(budgetName(target)));
  });

  test('a store that takes long is asked more seldom', async () => {
    const { budgets, asked, clock } = aLedger(1, (counts) => ({
      async add(...given) {
        await clock.sleep(3_000);
        return counts.add(...given);
      },
    }));
    const [budget] = budgets as [RetryBudget];
    void budget.refresh(target);
    await clock.advance(32_000);
    expect(budget.refresh(target)).toBeUndefined();
    await clock.advance(1_000);
    expect(budget.refresh(target)).toBeDefined();
    await clock.advance(3_000);
    expect(asked).toHaveLength(2);
  });

  test('while the store fails it goes on with what is known here, says so, and loses no count', async () => {
    let fails = true;
    const { budgets, reports, clock, counts } = aLedger(1, (inner) => ({
      async add(...given) {
        if (fails) throw new CodedError('store_unavailable', 'the store is away');
        return inner.add(...given);
      },
    }));
    const [budget] = budgets as [RetryBudget];
    first(budget, 600);
    await budget.refresh(target);
    expect(reports).toEqual([
      `the retry budget of ${target} goes on with what is known here: Error: the store is away`,
    ]);
    expect(granted(budget, 30)).toBe(2);
    expect(budget.refresh(target)).toBeUndefined();
    fails = false;
    await clock.advance(5_000);
    await budget.refresh(target);
    const [sum] = await counts.add(budgetName(target), [], 0);
    expect(sum!.counts).toMatchObject({ first: 600, retries: 2, over: 28 });
  });

  test('what begins while the fleet is being told is told the next time', async () => {
    const { budgets, clock, counts } = aLedger(1, (inner) => ({
      async add(...given) {
        await clock.sleep(100);
        return inner.add(...given);
      },
    }));
    const [budget] = budgets as [RetryBudget];
    first(budget, 10);
    void budget.refresh(target);
    first(budget, 5);
    await clock.advance(200);
    await clock.advance(6_000);
    void budget.refresh(target);
    await clock.advance(200);
    const sums = await counts.add(budgetName(target), [], 0);
    expect(sums.reduce((sum, each) => sum + (each.counts['first'] ?? 0), 0)).toBe(15);
  });

  test('a target that answers nothing any more earns nothing, and its first answer brings the usual budget back', async () => {
    const { budgets, clock } = aLedger(1);
    const [budget] = budgets as [RetryBudget];
    let begun = 0;
    let retries = 0;
    for (let second = 0; second < 600; second++) {
      const isOut = second >= 60 && second < 360;
      for (let call = 0; call < 100; call++) {
        budget.countFirst(target);
        budget.heard(target, isOut ? 'failed' : 'succeeded');
        if (isOut) begun++;
        if (isOut && budget.ask(target).kind === 'granted') {
          retries++;
          budget.heard(target, 'failed');
        }
      }
      await clock.advance(1_000);
    }
    expect(begun).toBe(30_000);
    expect(retries).toBeGreaterThan(100);
    expect((begun + retries) / begun).toBeLessThanOrEqual(1.01);
    for (let call = 0; call < 600; call++) budget.countFirst(target);
    for (let failure = 0; failure < 50; failure++) budget.heard(target, 'failed');
    expect(granted(budget, 100)).toBeLessThan(3);
    budget.heard(target, 'succeeded');
    expect(granted(budget, 1_000)).toBeGreaterThan(15);
  });

  test('an outage that others see is one here as well, once it was heard of', async () => {
    const { budgets } = aLedger(2);
    const [one, other] = budgets as [RetryBudget, RetryBudget];
    first(one, 60);
    for (let failure = 0; failure < 60; failure++) one.heard(target, 'failed');
    await one.refresh(target);
    first(other, 6_000);
    expect(granted(other, 15)).toBe(15);
    for (let retry = 0; retry < 15; retry++) other.takeBack(target);
    await other.refresh(target);
    expect(granted(other, 30)).toBeLessThan(2);
    other.heard(target, 'succeeded');
    expect(granted(other, 30)).toBeGreaterThan(15);
  });

  test('a name of any length fits the store', () => {
    expect(budgetName('x'.repeat(5_000))).toHaveLength(500);
  });
});
