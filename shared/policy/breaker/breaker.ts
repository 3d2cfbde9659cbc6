import { failureRateNow, rulesNow } from './adaptive-threshold.ts';
import { breaches, type CallCounts, criteria, tellBreach } from './breach.ts';
import { evidenceAfter, isEvident } from './early.ts';
import { beginProbe, endProbe, type Outage, openOutage, waitsUntil } from './outage.ts';
import type { BreakerRules } from './rules.ts';
import { advanceWindow, type CallWindow, countCall, countSuccesses, isShaped, openWindow } from './window.ts';

/**
 * One breaker of one process, or one instance's own verdict in a fleet. It has no timer: time is given with every question, so a process
 * that slept for a day finds the breaker that it would have found had it been awake.
 *
 * It is changed in place, since it is told of every call. One that was never called is this one small object; the window comes with the first call
 * and the outage with the first opening.
 */
export interface Breaker {
  /** Failures since the last success. */
  failuresInRow: number;
  /** Of early detection. */
  evidence: number;
  /** Number of the last probe. It is never given again, so that one who is late is not taken for another. */
  probed: number;
  window: CallWindow | undefined;
  /** Absent while it is closed. */
  outage: Outage | undefined;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export type Admission =
  /** With the number of the probe that it is, where it is one. */
  { readonly kind: 'admitted'; readonly probe?: number } | { readonly kind: 'refused'; readonly retryAt: number };

/** `unheard` says nothing of the target: the call was not made, or was called off. */
export type BreakerOutcome = 'succeeded' | 'failed' | 'unheard';

export function createBreaker(): Breaker {
  return { failuresInRow: 0, evidence: 0, probed: 0, window: undefined, outage: undefined };
}

/** Half open from the first probe on: before that nobody has asked whether its time is over. */
export function stateOf({ outage }: Breaker): BreakerState {
  if (outage === undefined) return 'closed';
  return outage.isHalfOpen ? 'half_open' : 'open';
}

/** Whether one more call may be made now. `chance` gives numbers uniform in [0, 1), here and below. */
export function admit(breaker: Breaker, rules: BreakerRules, now: number, chance: () => number): Admission {
  const { outage } = breaker;
  if (outage === undefined) return admitted;
  const retryAt = waitsUntil(outage, rules, now, chance);
  if (retryAt !== undefined) return { kind: 'refused', retryAt };
  breaker.probed += 1;
  beginProbe(outage, breaker.probed, rules, now);
  return { kind: 'admitted', probe: breaker.probed };
}

const admitted: Admission = { kind: 'admitted' };

/** When to ask again; undefined where a call would be let through now. */
export function retryAtOf(
  { outage }: Breaker,
  rules: BreakerRules,
  now: number,
  chance: () => number,
): number | undefined {
  return outage && waitsUntil(outage, rules, now, chance);
}

/**
 * What became of a call that took so long. It opens with a failure or a slow call, never with a success. While it is not closed only
 * probes tell: other calls were begun in another time. A probe that was slow has failed, where slow calls open the breaker.
 */
export function record(
  breaker: Breaker,
  rules: BreakerRules,
  outcome: BreakerOutcome,
  now: number,
  chance: () => number,
  tookMs = 0,
  probe?: number,
): void {
  const isSlow = isSlowCall(rules, tookMs);
  if (probe !== undefined) return recordProbe(breaker, rules, outcome, now, chance, isSlow, probe);
  if (outcome === 'unheard' || breaker.outage !== undefined) return;
  const isFailure = outcome === 'failed';
  countOutcome(breaker, rules, isFailure, isSlow, now);
  if (!isFailure && !isSlow) return;
  const because = breachOf(breaker, rules, now);
  if (because !== undefined) breaker.outage = openOutage(because, 1, rules, now, chance());
}

/** Closed as if nothing had ever been wrong. What is known of the target's own rate stays. */
export function closeBreaker(breaker: Breaker): void {
  const { window } = breaker;
  breaker.failuresInRow = 0;
  breaker.evidence = 0;
  breaker.outage = undefined;
  breaker.window = window && openWindow(window.shape, 0, window.past);
}

/** Of the calls in the window, as it is now. */
export function countsOf({ window, failuresInRow }: Breaker, now: number): CallCounts {
  if (window === undefined) return { calls: 0, failures: 0, slow: 0, failuresInRow };
  advanceWindow(window, now);
  const { calls, failures, slow } = window;
  return { calls, failures, slow, failuresInRow };
}

/** Counts a call and judges nothing. */
export function countOutcome(
  breaker: Breaker,
  rules: BreakerRules,
  isFailure: boolean,
  isSlow: boolean,
  now: number,
): void {
  let { window } = breaker;
  if (window === undefined || !isShaped(window, rules.window)) {
    window = openWindow(rules.window, now, window?.past);
    breaker.window = window;
  }
  countCall(window, isFailure, isSlow, now);
  breaker.failuresInRow = isFailure ? breaker.failuresInRow + 1 : 0;
  if (rules.early && (isFailure || breaker.evidence > 0))
    breaker.evidence = evidenceAfter(breaker.evidence, isFailure, failureRateNow(window.past, rules));
}

/** As many that succeeded at the same time; each of them is as if it had been counted alone. */
export function countSuccessesOf(
  breaker: Breaker,
  rules: BreakerRules,
  calls: number,
  isSlow: boolean,
  now: number,
): void {
  let left = calls;
  for (; left > 0; left--) {
    const { window, evidence } = breaker;
    if (window !== undefined && isShaped(window, rules.window) && evidence === 0) break;
    countOutcome(breaker, rules, false, isSlow, now);
  }
  if (left === 0) return;
  countSuccesses(breaker.window!, left, isSlow, now);
  breaker.failuresInRow = 0;
}

/** Why its own counts open it now, where they do. */
export function breachOf(breaker: Breaker, rules: BreakerRules, now: number): string | undefined {
  const counts = countsOf(breaker, now);
  const judgedBy = rulesNow(breaker.window?.past, rules);
  const broken = criteria.find((criterion) =>
    criterion === 'early' ? isEvident(breaker.evidence) : breaches(criterion, counts, judgedBy),
  );
  return broken && tellBreach(broken, counts);
}

export function isSlowCall({ slowMs }: BreakerRules, tookMs: number): boolean {
  return slowMs !== undefined && tookMs > slowMs;
}

function recordProbe(
  breaker: Breaker,
  rules: BreakerRules,
  outcome: BreakerOutcome,
  now: number,
  chance: () => number,
  isSlow: boolean,
  probe: number,
): void {
  const { outage } = breaker;
  if (outage === undefined || !endProbe(outage, probe) || outcome === 'unheard') return;
  if (outcome === 'failed' || isSlow) {
    const because = outcome === 'failed' ? 'a probe failed' : 'a probe was slow';
    breaker.outage = openOutage(because, outage.openings + 1, rules, now, chance());
    return;
  }
  outage.successes += 1;
  if (outage.successes >= rules.successes) closeBreaker(breaker);
}
