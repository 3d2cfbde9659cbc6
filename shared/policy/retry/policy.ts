import type { Arm } from './arms.ts';

/** When a failed attempt is made again. Durations are milliseconds. */
export interface RetryPolicy {
  /** `exponential` unless said. */
  readonly strategy?: RetryStrategy | 'adaptive';
  /** Of `adaptive`: one strategy for good, or `true`: whatever is best known, and nothing is tried out or learned. */
  readonly frozen?: true | Arm;
  /** The first attempt counts; 3 unless said. */
  readonly maxAttempts?: number;
  /** Before the first retry; 1,000 unless said. */
  readonly delay?: number;
  /** Growth of the delay with `exponential`, 2 unless said; with jitter `decorrelated` how far the next delay may go beyond the last, 3 unless said. */
  readonly factor?: number;
  /** Of `custom`: the delay before each retry in turn; the last one repeats. */
  readonly delays?: readonly number[];
  /** No delay of the strategy exceeds it; where delays grow 60,000 or `delay`, whichever is longer, unless said. */
  readonly maxDelay?: number;
  /** No retry begins later than this after the node first started. */
  readonly maxElapsed?: number;
  /** `full` where delays grow, `none` elsewhere, unless said. */
  readonly jitter?: RetryJitter;
  /** Failure codes that are final at once. */
  readonly nonRetryable?: readonly string[];
  /** The first that fits a failure decides, whatever else is said of it. */
  readonly rules?: readonly RetryRule[];
  /** What becomes of a failure that nobody says anything of; `retry` unless said. */
  readonly unknown?: 'retry' | 'final';
  /** Whether a target's own wish for a delay is heard; `honour` unless said. */
  readonly retryAfter?: 'honour' | 'ignore';
  /** A target that asks for a longer delay than this is given up; an hour unless said. */
  readonly maxRetryAfter?: number;
  /**
   * Leases that may be lost before the node is given up, and messages that came to nothing. They are failed attempts too, but of the
   * executor and not of the target, so they are counted apart. 20 unless said; no lease when `maxAttempts` is 1, which asks for at most one execution.
   */
  readonly maxLeaseLosses?: number;
  /** The policy with a name that this is a copy of. It says where the copy comes from, and decides nothing. */
  readonly policy?: { readonly name: string; readonly version: number };
}

export const retryStrategies = [
  'immediate',
  'fixed',
  'linear',
  'exponential',
  'fibonacci',
  'custom',
  'circuit_breaker',
] as const;
export type RetryStrategy = (typeof retryStrategies)[number];

export const retryJitters = ['none', 'full', 'equal', 'decorrelated'] as const;
export type RetryJitter = (typeof retryJitters)[number];

export interface RetryRule {
  /** All that is said must fit; of a list one is enough. */
  readonly on: {
    readonly code?: readonly string[];
    readonly status?: readonly (number | StatusClass)[];
    readonly name?: readonly string[];
  };
  readonly retry: boolean;
  /** Takes the place of the strategy's delay, as it stands. */
  readonly delay?: number;
}

export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof statusClasses)[number];

export const defaultRetryPolicy = {
  strategy: 'exponential',
  maxAttempts: 3,
  delay: 1_000,
  factor: 2,
  /** Of `decorrelated`, as in its description. */
  spread: 3,
  maxDelay: 60_000,
  unknown: 'retry',
  retryAfter: 'honour',
  maxRetryAfter: 3_600_000,
  maxLeaseLosses: 20,
} as const;

/** Which one makes the delays. `adaptive` makes none itself: it stands for another one (`arms.ts`). */
export function strategyOf({ strategy }: RetryPolicy): RetryStrategy {
  return strategy === undefined || strategy === 'adaptive' ? defaultRetryPolicy.strategy : strategy;
}

export function jitterOf(policy: RetryPolicy): RetryJitter {
  return policy.jitter ?? (grows(policy) ? 'full' : 'none');
}

/** Growth needs a bound and disorder; delays that the policy itself names do not. */
export function grows(policy: RetryPolicy): boolean {
  const strategy = strategyOf(policy);
  return strategy === 'linear' || strategy === 'exponential' || strategy === 'fibonacci';
}
