import type { BreakerRules } from '../../policy/breaker/index.ts';
import type { BreakerPass } from './breaker-handle.ts';

/** A pass, and in which era of its breaker it was given: what is told of an earlier one counts no more. */
export interface CellPass extends BreakerPass {
  readonly era: number;
}

/** Of calls that are let through although they should not be, or are not to be counted. */
export const uncounted: CellPass = { kind: 'pass', probe: undefined, era: -1 };

/** What an instance has counted at one breaker since its last report, and when it last looked at the clock for it. */
export interface Tally {
  calls: number;
  failures: number;
  slow: number;
  /** Since the last success among these calls, or all where none succeeded. */
  failuresInRow: number;
  /** When the last call succeeded that was counted. */
  succeededAt: number;
  /** When any was counted last. */
  countedAt: number;
  /** It stands in the list of those that are to be reported. */
  isListed: boolean;
  /** Its own counts have opened it since the last report: why. */
  wouldOpen: string | undefined;
  /** Calls that succeeded and were not timed; they are counted with the next one that is. */
  untimed: number;
  /** How many more calls are not to be timed, and how many there were at first. */
  skips: number;
  skipped: number;
  /** Calls timed in close succession. */
  streak: number;
  /** When the last call that was timed ended, and how long it took. */
  timedAt: number;
  tookMs: number;
  /** What is done when a call ends that was not timed. */
  ends: UntimedEnds | undefined;
  /** One for all calls of an era. */
  pass: CellPass;
}

/** One for all calls that begin in the same era of the breaker. */
export interface UntimedEnds {
  readonly era: number;
  succeeded(value: unknown): { readonly kind: 'succeeded'; readonly value: unknown };
  failed(thrown: unknown): never;
}

/**
 * To look at the clock costs as much as to make a call. Where calls end in close succession only one of sixteen is timed, in the mean: by chance,
 * so that a target that is slow at each sixteenth call is not taken for slow. Those that follow it are taken to be like it. Where slow
 * calls are counted, so many must be in the window that hundreds of them were timed. When the succession ends each one is timed again, once what
 * was to be skipped is; failures always look at the clock.
 */
const streakLeast = 256;
const skipsMean = 15;
const sampledLeast = 10_000;
/** Between two calls that are timed in close succession, for each call that they stand for: 10,000 calls a second. */
const closeMs = 0.1;

export function openTally(): Tally {
  return {
    calls: 0,
    failures: 0,
    slow: 0,
    failuresInRow: 0,
    succeededAt: 0,
    countedAt: 0,
    isListed: false,
    wouldOpen: undefined,
    untimed: 0,
    skips: 0,
    skipped: 0,
    streak: 0,
    timedAt: 0,
    tookMs: 0,
    ends: undefined,
    pass: uncounted,
  };
}

/** Whether the call that begins now is to be timed. */
export function isTimed(tally: Tally): boolean {
  if (tally.skips === 0) return true;
  tally.skips--;
  return false;
}

/** Whether calls have followed each other closely since the last that was timed. */
export function isClose({ timedAt, skipped }: Tally, now: number): boolean {
  return now - timedAt < closeMs * (1 + Math.max(skipped, skipsMean));
}

/** A call that was timed has ended. */
export function closeTally(tally: Tally, tookMs: number, now: number): void {
  tally.streak = isClose(tally, now) ? tally.streak + 1 : 0;
  tally.skipped = 0;
  tally.skips = 0;
  tally.timedAt = now;
  tally.tookMs = tookMs;
}

/** Of a breaker in whose window so many calls are. */
export function skipSome(tally: Tally, calls: number, { slowMs }: BreakerRules, chance: () => number): void {
  if (tally.streak < streakLeast || (slowMs !== undefined && calls < sampledLeast)) return;
  tally.skipped = Math.floor(chance() * (2 * skipsMean + 1));
  tally.skips = tally.skipped;
}

/** Of an instance that was asleep: what it counted before and did not tell would be taken for what is now. */
export function forgetOld(tally: Tally, { window }: BreakerRules, now: number): void {
  if (window.kind === 'count' || now - tally.countedAt < window.ms) return;
  tally.calls = 0;
  tally.failures = 0;
  tally.slow = 0;
  tally.failuresInRow = 0;
}

/** What it says has been told, or is not to be told. */
export function clearTally(tally: Tally): void {
  tally.calls = 0;
  tally.failures = 0;
  tally.slow = 0;
  tally.failuresInRow = 0;
  tally.isListed = false;
  tally.wouldOpen = undefined;
}
