import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import {
  type BudgetCounts,
  type BudgetRules,
  type BudgetUse,
  type BudgetVerdict,
  budgetFrom,
  budgetSlotOf,
  budgetWindow,
  decideBudget,
  noCounts,
  outageRules,
  sumBudget,
} from '../policy/budget/index.ts';
import type { SlotCount, TargetCounts } from '../ports/index.ts';

/**
 * The retry budgets of targets, for a fleet. First attempts and retries are counted where they begin; what was counted is told to the others, and
 * theirs heard, only when a retry is asked for, and seldom: a fleet whose calls succeed writes nothing. Between two times of hearing
 * what is counted here stands for what the others count meanwhile, by this engine's part in the calls.
 */
export interface RetryBudget {
  countFirst(target: string, now?: number): void;
  countRetry(target: string): void;
  /** What a call came to, if that says anything of its target. */
  heard(target: string, outcome: 'succeeded' | 'failed', now?: number): void;
  /** Whether a retry may begin now: then it is counted. */
  ask(target: string): BudgetVerdict;
  /** One that was counted did not begin. */
  takeBack(target: string): void;
  /** One that had to wait will be asked for again at once. */
  forget(target: string): void;
  /** What the fleet knows was not heard of for some seconds. */
  isBehind(target: string): boolean;
  /** Hears what the fleet knows; undefined when that was not long ago. Resolves in any case: where the store fails, it goes on with what is known. */
  refresh(target: string): Promise<void> | undefined;
}

export interface RetryBudgetNeeds {
  readonly clock: Clock;
  readonly random: Random;
  readonly counts: TargetCounts;
  readonly rules: BudgetRules;
  report(error: unknown, context: string): void;
}

/** A fleet of ten that retries at one target for long then writes its document twice a second. */
const refreshMs = 5_000;

/** A store that takes long is asked more seldom: others are at the same document. */
const refreshPerDuration = 10;

/** Targets that are remembered; the one that was heard of first makes room. */
const targetsMost = 10_000;

/** The name of a target's counts in the store. */
export const budgetName = (target: string): string => `budget/${target}`.slice(0, 500);

type Slot = { readonly slot: number; readonly counts: Record<keyof BudgetCounts, number> };

interface Account {
  /** Counted here, in this window. */
  own: Slot[];
  /** That part of it that the fleet has not been told. */
  untold: Slot[];
  /** What the fleet said last. */
  fleet: readonly SlotCount[];
  /** Failures since the last success that was heard of here. */
  failuresInRow: number;
  /** When a success ended an outage. */
  backAt: number;
  /** Retries in the last second that had any. */
  second: { readonly at: number; retries: number };
  /** Of all calls to the target those that are made here lately; 1 until others are known. */
  part: number;
  /** When the first call was made here: an engine that is new has made few calls, and makes as many as the others. */
  readonly since: number;
  refreshAt: number;
  refreshing?: Promise<void> | undefined;
}

export function createRetryBudget({ clock, random, counts, rules, report }: RetryBudgetNeeds): RetryBudget {
  const accounts = new Map<string, Account>();

  function accountOf(target: string): Account {
    const known = accounts.get(target);
    if (known) return known;
    const account: Account = {
      own: [],
      untold: [],
      fleet: [],
      failuresInRow: 0,
      backAt: 0,
      second: { at: 0, retries: 0 },
      part: 1,
      since: clock.now(),
      refreshAt: 0,
    };
    accounts.set(target, account);
    if (accounts.size > targetsMost) accounts.delete(accounts.keys().next().value!);
    return account;
  }

  function count(target: string, key: keyof BudgetCounts, by = 1): void {
    countIn(accountOf(target), key, by, clock.now());
  }

  /** What is on its way to the fleet counts as untold until the fleet has said that it knows. */
  async function refresh(target: string, account: Account): Promise<void> {
    const begun = clock.now();
    const from = budgetFrom(begun);
    const telling = account.untold.filter(({ slot }) => slot >= from).map(copyOf);
    try {
      account.fleet = await counts.add(budgetName(target), telling, from);
      subtract(account.untold, telling);
      account.part = partOf(account, begun);
    } catch (error) {
      report(error, `the retry budget of ${target} goes on with what is known here`);
    }
    account.refreshAt = clock.now() + Math.max(refreshMs, refreshPerDuration * (clock.now() - begun));
    account.refreshing = undefined;
  }

  return {
    countFirst: (target, now = clock.now()) => countIn(accountOf(target), 'first', 1, now),
    countRetry: (target) => count(target, 'retries'),
    ask(target) {
      const now = clock.now();
      const verdict = decideBudget(useOf(accountOf(target), now), rules, now, random.next());
      count(target, verdict.kind === 'granted' ? 'retries' : 'over');
      return verdict;
    },
    heard(target, outcome, now = clock.now()) {
      const account = accountOf(target);
      countIn(account, outcome, 1, now);
      if (outcome === 'failed') account.failuresInRow++;
      else {
        if (account.failuresInRow >= outageRules.failures) account.backAt = now;
        account.failuresInRow = 0;
      }
    },
    takeBack: (target) => count(target, 'retries', -1),
    forget: (target) => count(target, 'over', -1),
    isBehind: (target) => clock.now() >= accountOf(target).refreshAt,
    refresh(target) {
      const account = accountOf(target);
      if (clock.now() < account.refreshAt) return undefined;
      account.refreshing ??= refresh(target, account);
      return account.refreshing;
    },
  };
}

function countIn(account: Account, key: keyof BudgetCounts, by: number, now: number): void {
  const slot = budgetSlotOf(now);
  slotIn(account.own, slot).counts[key] += by;
  slotIn(account.untold, slot).counts[key] += by;
  if (key !== 'retries') return;
  const at = Math.floor(now / 1_000);
  if (account.second.at !== at) account.second = { at, retries: 0 };
  account.second.retries += by;
}

/** What is counted here and was not told yet stands for what the others count meanwhile. */
function useOf({ fleet, untold, part, failuresInRow, backAt, second }: Account, now: number): BudgetUse {
  const slot = budgetSlotOf(now);
  const since = (from: number): BudgetCounts => {
    const sum = { ...sumBudget(fleet, from) };
    const more = sumBudget(untold, from);
    for (const key of countKeys) sum[key] += more[key] / part;
    return sum;
  };
  const retriesInSlot = since(slot).retries;
  const retriesInSecond = second.at === Math.floor(now / 1_000) ? second.retries / part : 0;
  const lately = since(slot - 1);
  return { inWindow: since(budgetFrom(now)), lately, retriesInSlot, retriesInSecond, failuresInRow, backAt };
}

/**
 * By how often it calls and not by how much it has called, and by the last two slots: whoever began a moment ago, or took over what others
 * did until now, would else take a few retries for a fleet's. One who has made no call yet is about to make one.
 */
function partOf({ own, fleet, since }: Account, now: number): number {
  const from = budgetSlotOf(now) - 1;
  const rate = (slots: readonly SlotCount[], since: number): number => {
    const { first, retries, over } = sumBudget(slots, from);
    const begun = Math.max(since, from * budgetWindow.slotMs);
    return (Math.max(0, first + retries + over) + 1) / Math.max(1_000, now - begun);
  };
  const fleetSince = (fleet.find(({ slot }) => slot >= from)?.slot ?? from) * budgetWindow.slotMs;
  return Math.min(1, rate(own, since) / rate(fleet, fleetSince));
}

/** Slots that have left the window go when a new one begins. */
function slotIn(slots: Slot[], number: number): Slot {
  const last = slots.at(-1);
  if (last && last.slot >= number) return last;
  const slot = { slot: number, counts: { ...noCounts } };
  slots.push(slot);
  const kept = slots.filter((each) => each.slot > number - budgetWindow.slots);
  slots.splice(0, slots.length, ...kept);
  return slot;
}

const countKeys = Object.keys(noCounts) as (keyof BudgetCounts)[];

const copyOf = ({ slot, counts }: Slot): Slot => ({ slot, counts: { ...counts } });

function subtract(from: readonly Slot[], told: readonly Slot[]): void {
  for (const { slot, counts } of told) {
    const rest = from.find((each) => each.slot === slot)?.counts;
    if (!rest) continue;
    for (const key of countKeys) rest[key] -= counts[key];
  }
}
