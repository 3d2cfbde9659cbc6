import { parseDuration } from '../../core/duration.ts';
import type { Failure } from './failure.ts';
import { defaultRetryPolicy, type RetryPolicy } from './policy.ts';

/** `retryAfter` as handlers and callbacks say it: milliseconds, or a text like `30s`. Undefined for what is neither. */
export function readRetryAfter(given: unknown): number | undefined {
  const ms = typeof given === 'string' ? parseDuration(given) : given;
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

export type Heeded =
  | { readonly kind: 'delay'; readonly delayMs: number; readonly isLonger: boolean }
  | { readonly kind: 'tooLong' };

/**
 * What the target asked for is the least delay, above `maxDelay` too. A delay with jitter comes on top of it, so that those who were sent away together do not come back together.
 */
export function heedTarget(policy: RetryPolicy, failure: Failure, delayMs: number, hasJitter: boolean): Heeded {
  const askedMs = policy.retryAfter === 'ignore' ? undefined : readRetryAfter(failure.retryAfterMs);
  if (askedMs === undefined || askedMs === 0) return { kind: 'delay', delayMs, isLonger: false };
  if (askedMs > (policy.maxRetryAfter ?? defaultRetryPolicy.maxRetryAfter)) return { kind: 'tooLong' };
  const heededMs = hasJitter ? askedMs + delayMs : Math.max(askedMs, delayMs);
  return { kind: 'delay', delayMs: heededMs, isLonger: heededMs > delayMs };
}
