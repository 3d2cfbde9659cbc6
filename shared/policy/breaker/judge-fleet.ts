import { breaches, type CallCounts, type Criterion, criteria, tellBreach } from './breach.ts';
import type { BreakerRules } from './rules.ts';

export type FleetVerdict = { readonly opens: false } | { readonly opens: true; readonly because: string };

/**
 * Whether a breaker opens for a whole fleet, by what each instance has counted. Poison guard: with several instances it opens only where
 * it would open without the one that is worst, too, so that none of them can shut a target off from all others. That one's own breaker is
 * its own affair.
 *
 * The worst is the one with most beyond what the rule allows to as many calls: with most failures would be the wrong one where it
 * has many calls and is well, since then a small instance that is broken would be left in.
 *
 * `failuresInRow` of an instance are those since the last success that any instance reported. Adaptive breakers put the rate that they
 * have found into `rules.failureRate`. The order of the instances does not matter.
 */
export function judgeFleet(instances: readonly CallCounts[], rules: BreakerRules): FleetVerdict {
  const counted = instances.filter(({ calls, failuresInRow }) => calls > 0 || failuresInRow > 0);
  const all = sum(counted);
  for (const criterion of criteria) {
    if (!breaches(criterion, all, rules) || !isShared(criterion, counted, all, rules)) continue;
    const at = counted.length === 1 ? '' : ` at ${counted.length} instances`;
    return { opens: true, because: tellBreach(criterion, all) + at };
  }
  return { opens: false };
}

function isShared(criterion: Criterion, counted: readonly CallCounts[], all: CallCounts, rules: BreakerRules): boolean {
  if (counted.length === 1) return true;
  const worst = counted.reduce((one, other) => (isWorse(criterion, other, one, rules) ? other : one));
  return breaches(criterion, without(all, worst), rules, counted.length);
}

/** Of two that are equally bad the one with more calls, so that it never hangs on the order. */
function isWorse(criterion: Criterion, one: CallCounts, other: CallCounts, rules: BreakerRules): boolean {
  const more = excess(criterion, one, rules) - excess(criterion, other, rules);
  return more > 0 || (more === 0 && one.calls > other.calls);
}

function excess(criterion: Criterion, counts: CallCounts, rules: BreakerRules): number {
  switch (criterion) {
    case 'run':
    case 'early':
      return counts.failuresInRow;
    case 'failureRate':
      return counts.failures - rules.failureRate! * counts.calls;
    case 'slowRate':
      return counts.slow - rules.slowRate! * counts.calls;
  }
}

function sum(counted: readonly CallCounts[]): CallCounts {
  const all = { calls: 0, failures: 0, slow: 0, failuresInRow: 0 };
  for (const { calls, failures, slow, failuresInRow } of counted) {
    all.calls += calls;
    all.failures += failures;
    all.slow += slow;
    all.failuresInRow += failuresInRow;
  }
  return all;
}

function without(all: CallCounts, one: CallCounts): CallCounts {
  return {
    calls: all.calls - one.calls,
    failures: all.failures - one.failures,
    slow: all.slow - one.slow,
    failuresInRow: all.failuresInRow - one.failuresInRow,
  };
}
