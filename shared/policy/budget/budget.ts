import { type BudgetCounts, budgetWindow } from './window.ts';

export interface BudgetRules {
  /** Retries for each first attempt. */
  readonly share: number;
  /** Retries a second that any target is given, however few first attempts it sees. */
  readonly floor: number;
}

/**
 * Those of Finagle's RetryBudget (`percentCanRetry` 0.2, `minRetriesPerSec` 10), which has had them for years and in front of many
 * targets: https://twitter.github.io/finagle/guide/Clients.html#retries. Ten calls a second drown nobody.
 */
export const defaultBudgetRules: BudgetRules = { share: 0.2, floor: 10 };

/** What is known of a target's last minute. */
export interface BudgetUse {
  readonly inWindow: BudgetCounts;
  /** Retries that have begun in the slot that goes on. */
  readonly retriesInSlot: number;
}

export type BudgetVerdict = { readonly kind: 'granted' } | OverBudget;

export interface OverBudget {
  readonly kind: 'over';
  readonly until: number;
  /** In the last minute. */
  readonly firstAttempts: number;
  readonly retries: number;
  readonly allowed: number;
  readonly share: number;
}

/**
 * Each slot gets its part of what the minute allows, and each second of it its own, so that a minute's retries do not go out at once.
 * Who is over waits for the next second and then, by chance, for up to as long as all who were sent away lately will take: so they come
 * back about as fast as they can be let through. `chance` is uniform in [0, 1).
 */
export function decideBudget(use: BudgetUse, rules: BudgetRules, now: number, chance: number): BudgetVerdict {
  const { first, retries, over } = use.inWindow;
  const allowed = Math.max(rules.share * first, (rules.floor * minuteMs) / 1_000);
  if (retries + 1 <= allowed && use.retriesInSlot + 1 <= allowedSoFar(allowed, now)) return { kind: 'granted' };
  const spreadMs = Math.min(spreadMsMost, Math.max(1_000, (minuteMs * (over + 1)) / Math.max(1, allowed)));
  const until = (Math.floor(now / 1_000) + 1) * 1_000 + chance * spreadMs;
  return { kind: 'over', until, firstAttempts: first, retries, allowed, share: rules.share };
}

const minuteMs = budgetWindow.slots * budgetWindow.slotMs;

/** However many wait: a target that is well again, or a floor that was raised, must be found out. */
const spreadMsMost = 10 * minuteMs;

/** In the slot that goes on, up to the end of this second. One at least, or a small budget would never begin. */
function allowedSoFar(allowed: number, now: number): number {
  const { slotMs, slots } = budgetWindow;
  const seconds = Math.floor((now % slotMs) / 1_000) + 1;
  return Math.max(1, (allowed / slots) * ((seconds * 1_000) / slotMs));
}

/** For the audit. */
export function tellOverBudget(target: string, over: Omit<OverBudget, 'kind' | 'until'>): string {
  const { firstAttempts, retries, allowed, share } = over;
  const begun = retries >= 1 && retries < 2 ? '1 retry' : `${count(retries)} retries`;
  const seen = `${begun} to ${count(firstAttempts)} first attempts in a minute`;
  const most = `${count(allowed)} are allowed, evenly spread (${Math.round(share * 1_000) / 10} % or the floor)`;
  return `over the retry budget of ${target}: ${seen}; ${most}`;
}

/** Estimates of a fleet's counts are no whole numbers. */
function count(number: number): string {
  return String(Math.floor(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}
