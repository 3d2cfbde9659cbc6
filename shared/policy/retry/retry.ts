import type { Json } from '../../core/json.ts';

export interface RetryPolicy {
  /** `exponential` unless said. */
  readonly strategy?: 'immediate' | 'fixed' | 'exponential';
  /** The first attempt counts; 3 unless said. */
  readonly maxAttempts?: number;
  /** Milliseconds before the first retry; 1,000 unless said. */
  readonly delay?: number;
  /** Growth of the delay with `exponential`; 2 unless said. */
  readonly factor?: number;
  /** Milliseconds that no delay exceeds; for `exponential` 60,000 or `delay`, whichever is longer, unless said. */
  readonly maxDelay?: number;
  /** `full`: uniform between 0 and the delay. The default for `exponential`; `none` for the others. */
  readonly jitter?: 'none' | 'full';
  /** Failure codes that are final at once, beside those whose failure says so itself. */
  readonly nonRetryable?: readonly string[];
  /**
   * Leases that may be lost before the node is given up, and messages that came to nothing. They are failed attempts too, but of the
   * executor and not of the target, so they are counted apart. 20 unless said; no lease when `maxAttempts` is 1, which asks for at most one execution.
   */
  readonly maxLeaseLosses?: number;
}

/** What went wrong in an attempt. `retryable: false` is final whatever the policy says. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
  readonly details?: Json;
}

export type RetryVerdict =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'giveUp'; readonly because: 'nonRetryable' | 'attemptsExhausted' | 'leaseLossesExhausted' };

export const defaultRetryPolicy = {
  strategy: 'exponential',
  maxAttempts: 3,
  delay: 1_000,
  factor: 2,
  maxDelay: 60_000,
  maxLeaseLosses: 20,
} as const;

export interface RetryHistory {
  /** Attempts that failed by themselves, this one included. */
  readonly failures: number;
  /** Attempts whose lease was lost, this one included. */
  readonly leaseLosses: number;
}

/** `chance` is uniform in [0, 1). */
export function decideRetry(
  policy: RetryPolicy,
  failure: Failure,
  history: RetryHistory,
  chance: number,
): RetryVerdict {
  if (failure.retryable === false || policy.nonRetryable?.includes(failure.code)) {
    return { kind: 'giveUp', because: 'nonRetryable' };
  }
  if (isOfExecutor(failure)) return decideWithoutTarget(policy, failure, history);
  if (history.failures >= (policy.maxAttempts ?? defaultRetryPolicy.maxAttempts)) {
    return { kind: 'giveUp', because: 'attemptsExhausted' };
  }
  return { kind: 'retry', delayMs: retryDelayMs(policy, history.failures, chance) };
}

/** Whether the attempt failed for a reason that says nothing of its target: its executor died, or its message never reached one. */
export function isOfExecutor({ code }: Failure): boolean {
  return code === 'lease_lost' || code === 'dead_letter';
}

/** There is no back-off: the lease, or the deliveries of the message, were the wait. What nobody began may begin in any case. */
function decideWithoutTarget(policy: RetryPolicy, { code }: Failure, history: RetryHistory): RetryVerdict {
  const most = code === 'dead_letter' ? deadLettersMost(policy) : leaseLossesMost(policy);
  if (history.leaseLosses > most) return { kind: 'giveUp', because: 'leaseLossesExhausted' };
  return { kind: 'retry', delayMs: 0 };
}

function deadLettersMost({ maxLeaseLosses }: RetryPolicy): number {
  return maxLeaseLosses ?? defaultRetryPolicy.maxLeaseLosses;
}

/** Who asks for one attempt asks for at most one execution. */
function leaseLossesMost({ maxLeaseLosses, maxAttempts }: RetryPolicy): number {
  return maxLeaseLosses ?? (maxAttempts === 1 ? 0 : defaultRetryPolicy.maxLeaseLosses);
}

/** Whether an attempt of which nobody knows how far it came may be made again at all. */
export function mayRunTwice(policy: RetryPolicy): boolean {
  return leaseLossesMost(policy) > 0;
}

/** `retry` is 1 for the first one. Full jitter: Marc Brooker, «Exponential Backoff And Jitter», AWS Architecture Blog, 2015. */
function retryDelayMs(policy: RetryPolicy, retry: number, chance: number): number {
  const strategy = policy.strategy ?? defaultRetryPolicy.strategy;
  const jitter = policy.jitter ?? (strategy === 'exponential' ? 'full' : 'none');
  const delayMs = Math.min(undisturbedDelayMs[strategy](policy, retry), longestDelayMs(policy, strategy));
  return jitter === 'full' ? delayMs * chance : delayMs;
}

/** Growth needs a bound; a delay that the policy itself names does not. */
function longestDelayMs({ maxDelay, delay = 0 }: RetryPolicy, strategy: NonNullable<RetryPolicy['strategy']>): number {
  return maxDelay ?? (strategy === 'exponential' ? Math.max(defaultRetryPolicy.maxDelay, delay) : Infinity);
}

const undisturbedDelayMs = {
  immediate: () => 0,
  fixed: (policy: RetryPolicy) => policy.delay ?? defaultRetryPolicy.delay,
  /** Growth may reach infinity, and 0 times that is no delay at all. */
  exponential: ({ delay, factor }: RetryPolicy, retry: number) =>
    delay === 0 ? 0 : (delay ?? defaultRetryPolicy.delay) * (factor ?? defaultRetryPolicy.factor) ** (retry - 1),
};
