import { defaultRetryPolicy, grows, jitterOf, type RetryPolicy, type RetryStrategy, strategyOf } from './policy.ts';

/** A delay of the strategy, and whether `maxDelay` cut it. Finite and at least 0, whatever the policy and the chance. */
export interface StrategyDelay {
  readonly delayMs: number;
  readonly isCut: boolean;
}

/**
 * `retry` is 1 for the first one, `chance` uniform in [0, 1). The jitters are those of Marc Brooker, «Exponential Backoff And
 * Jitter», AWS Architecture Blog, 2015; `lastDelayMs` is what `decorrelated` goes on from, and nobody else looks at it.
 */
export function strategyDelay(
  policy: RetryPolicy,
  retry: number,
  chance: number,
  lastDelayMs: number | undefined,
): StrategyDelay {
  const longestMs = longestDelayMs(policy);
  const jitter = jitterOf(policy);
  if (jitter === 'decorrelated') return bounded(decorrelatedMs(policy, chance, lastDelayMs), longestMs);
  const { delayMs, isCut } = bounded(undisturbedMs[strategyOf(policy)](policy, retry), longestMs);
  switch (jitter) {
    case 'none':
      return { delayMs, isCut };
    case 'full':
      return { delayMs: delayMs * chance, isCut };
    case 'equal':
      return { delayMs: delayMs / 2 + (delayMs / 2) * chance, isCut };
  }
}

function longestDelayMs(policy: RetryPolicy): number {
  return policy.maxDelay ?? (grows(policy) ? Math.max(defaultRetryPolicy.maxDelay, policy.delay ?? 0) : Infinity);
}

function bounded(delayMs: number, longestMs: number): StrategyDelay {
  return { delayMs: Math.min(delayMs, longestMs), isCut: delayMs > longestMs };
}

/** Anywhere between `delay` and some times the last one, which the first time is `delay` itself. */
function decorrelatedMs(policy: RetryPolicy, chance: number, lastDelayMs: number | undefined): number {
  const leastMs = delayOf(policy);
  const mostMs = Math.max(leastMs, (lastDelayMs ?? leastMs) * (policy.factor ?? defaultRetryPolicy.spread));
  return leastMs + (mostMs - leastMs) * chance;
}

/** Before any bound or chance. Growth may reach infinity, and 0 times that is no delay at all. */
const undisturbedMs: Readonly<Record<RetryStrategy, (policy: RetryPolicy, retry: number) => number>> = {
  immediate: () => 0,
  fixed: (policy) => delayOf(policy),
  linear: (policy, retry) => delayOf(policy) * retry,
  exponential: (policy, retry) => {
    const delayMs = delayOf(policy);
    return delayMs === 0 ? 0 : delayMs * (policy.factor ?? defaultRetryPolicy.factor) ** (retry - 1);
  },
  fibonacci: (policy, retry) => delayOf(policy) * fibonacci(retry),
  /** Beside it the target's breaker has its say. */
  circuit_breaker: (policy) => delayOf(policy),
  custom: ({ delays = [] }, retry) => delays[Math.min(retry, delays.length) - 1] ?? defaultRetryPolicy.delay,
};

function delayOf({ delay }: RetryPolicy): number {
  return delay ?? defaultRetryPolicy.delay;
}

/** 1, 1, 2, 3, 5 … There are at most 1,000 attempts, and the 1,000th is still a number. */
function fibonacci(place: number): number {
  let [one, next] = [1, 1];
  for (let at = 1; at < place; at++) [one, next] = [next, one + next];
  return one;
}
