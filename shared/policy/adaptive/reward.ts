import { defaultRetryPolicy, type RetryPolicy } from '../retry/index.ts';

/** What a success cost that an arm was chosen for. */
export interface Cost {
  /** Attempts that failed by themselves. */
  readonly failures: number;
  /** From the first attempt to the end. */
  readonly tookMs: number;
}

/**
 * What an arm earned with a success, between a half and 1; without one it earned nothing. Success within the policy's bounds is what
 * counts; what it cost in calls and in time takes away up to a quarter each. The share of the time is taken as its root: that 10 s are
 * better than 60 s counts for more than that 310 s are better than 360 s.
 */
export function rewardOf(policy: RetryPolicy, { failures, tookMs }: Cost): number {
  const retriesMost = (policy.maxAttempts ?? defaultRetryPolicy.maxAttempts) - 1;
  const longestMs = Math.min(policy.maxElapsed ?? Infinity, retriesMost * longestDelayMs(policy));
  return 1 - shareOf(failures, retriesMost) / 4 - Math.sqrt(shareOf(tookMs, longestMs)) / 4;
}

function longestDelayMs({ maxDelay, delay = 0 }: RetryPolicy): number {
  return maxDelay ?? Math.max(defaultRetryPolicy.maxDelay, delay);
}

/** Between 0 and 1, whatever the bounds are. */
function shareOf(part: number, whole: number): number {
  return part > 0 ? part / Math.max(part, whole) : 0;
}
