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
  /** And in the second that goes on. */
  readonly retriesInSecond: number;
  /** Of the slot that goes on and the one before it. */
  readonly lately: BudgetCounts;
  /** Failures since the last success, as this engine knows. */
  readonly failuresInRow: number;
  /** When an outage ended, if one ever did: what it left unused of its slot does not come on top of what follows. */
  readonly backAt: number;
}

/** When a target counts as out, and what becomes of its budget then. */
export const outageRules = {
  /** Failures in a row, or lately and no success among them. A job whose twenty calls meet a hiccup is no outage yet. */
  failures: 50,
  /** Of the usual share, so one retry for a hundred first attempts unless said: those that still come are probes enough. */
  partOfShare: 0.05,
  /** Where none come, retries are the only probes: the floor holds up to so many failures in a row, and shrinks as they go on. */
  floorFailures: 100,
  /** Over how long those come back who were sent away, at least: it is not worth their while to ask each second. */
  spreadMs: 30_000,
} as const;

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
 *
 * Retries are earned by answers: a target of which every call fails gets hardly any. What stood in its account before does not count, and its first
 * success brings back all.
 */
export function decideBudget(use: BudgetUse, rules: BudgetRules, now: number, chance: number): BudgetVerdict {
  const { first, retries, over } = use.inWindow;
  const usual = Math.max(rules.share * first, perMinute(rules.floor));
  const isWell = !isOut(use);
  const allowed = isWell ? usual : Math.min(usual, allowedOut(use, rules));
  const isInPace = use.retriesInSlot + 1 <= allowedSoFar(allowed, now, use.backAt) && !isRush(use, allowed);
  if (retries + 1 <= allowed && isInPace) return { kind: 'granted' };
  if (!isWell && isTurn(use, usual)) return { kind: 'granted' };
  const leastMs = isWell ? 1_000 : outageRules.spreadMs;
  const spreadMs = Math.min(spreadMsMost, Math.max(leastMs, (minuteMs * (over + 1)) / Math.max(1, usual)));
  const until = (Math.floor(now / 1_000) + 1) * 1_000 + chance * spreadMs;
  return {
    kind: 'over',
    until,
    firstAttempts: first,
    retries,
    allowed,
    share: isWell ? rules.share : outageRules.partOfShare * rules.share,
  };
}

/** Nothing but failures, and too many for chance. */
export function isOut({ lately, failuresInRow }: BudgetUse): boolean {
  const run = lately.succeeded === 0 ? Math.max(failuresInRow, lately.failed) : failuresInRow;
  return run >= outageRules.failures;
}

function allowedOut({ inWindow, lately, failuresInRow }: BudgetUse, rules: BudgetRules): number {
  const share = outageRules.partOfShare * rules.share * inWindow.first;
  if (lately.first > 0) return share;
  const run = Math.max(failuresInRow, lately.failed, outageRules.floorFailures);
  return Math.max(share, (perMinute(rules.floor) * outageRules.floorFailures) / run);
}

/** Nobody calls but who is asked here: one in each slot finds out whether the target is back, where it has a budget at all. */
function isTurn({ lately, retriesInSlot }: BudgetUse, usual: number): boolean {
  return lately.first === 0 && retriesInSlot < 1 && usual >= 1;
}

function perMinute(perSecond: number): number {
  return (perSecond * minuteMs) / 1_000;
}

const minuteMs = budgetWindow.slots * budgetWindow.slotMs;

/** However many wait: a target that is well again, or a floor that was raised, must be found out. */
const spreadMsMost = 10 * minuteMs;

/** In the slot that goes on, up to the end of this second. One at least, or a small budget would never begin. */
function allowedSoFar(allowed: number, now: number, backAt: number): number {
  const { slotMs, slots } = budgetWindow;
  const from = Math.max(backAt, now - (now % slotMs));
  const seconds = Math.floor(now / 1_000) - Math.floor(from / 1_000) + 1;
  return Math.max(1, (allowed / slots) * ((seconds * 1_000) / slotMs));
}

/** What a second leaves is there until its slot ends, but does not go out in one second more. */
function isRush({ retriesInSecond }: BudgetUse, allowed: number): boolean {
  return retriesInSecond + 1 > Math.max(1, (rushMost * allowed * 1_000) / minuteMs);
}

/** In means of all seconds. */
const rushMost = 1.4;

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
