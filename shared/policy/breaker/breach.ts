import { failuresUntilEvident } from './early.ts';
import type { BreakerRules } from './rules.ts';

/** What is known of the calls to a target: those in the window, and the failures since the last success. */
export interface CallCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  readonly failuresInRow: number;
}

/** In the order in which they are asked for. */
export const criteria = ['run', 'early', 'failureRate', 'slowRate'] as const;
export type Criterion = (typeof criteria)[number];

/**
 * Whether the counts are such that a breaker opens. `instances` is given where the counts of one of so many are left out: what is
 * needed is then that much less.
 */
export function breaches(criterion: Criterion, counts: CallCounts, rules: BreakerRules, instances?: number): boolean {
  switch (criterion) {
    case 'run':
      return rules.failures > 0 && counts.failuresInRow >= needed(rules.failures, instances);
    case 'early':
      return rules.early && counts.failuresInRow >= needed(failuresUntilEvident(rules.failureRate), instances);
    case 'failureRate':
      return isOver(counts.failures, counts.calls, rules.failureRate, rules, instances);
    case 'slowRate':
      return isOver(counts.slow, counts.calls, rules.slowRate, rules, instances);
  }
}

function isOver(bad: number, calls: number, rate: number | undefined, rules: BreakerRules, instances?: number) {
  return rate !== undefined && calls >= needed(rules.minimumCalls, instances) && bad >= rate * calls;
}

function needed(number: number, instances: number | undefined): number {
  return instances === undefined ? number : Math.ceil((number * (instances - 1)) / instances);
}

/** For people. */
export function tellBreach(criterion: Criterion, { calls, failures, slow, failuresInRow }: CallCounts): string {
  switch (criterion) {
    case 'run':
      return `${failuresInRow} failures in a row`;
    case 'early':
      return `failures beyond chance, the last ${failuresInRow} in a row`;
    case 'failureRate':
      return `${failures} of ${calls} calls failed`;
    case 'slowRate':
      return `${slow} of ${calls} calls were slow`;
  }
}
