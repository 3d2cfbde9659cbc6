import type { BucketRules } from './bucket.ts';

/** What a user says of a rate limit. */
export interface RateLimitSpec {
  /** Calls a second, by the whole fleet, in the long run. */
  readonly perSecond: number;
  /** Calls that may come at once after a quiet time; a second's worth unless said, and one at least. */
  readonly burst?: number;
}

export interface RateLimitRules extends BucketRules {
  /** How long a token that was taken ahead of the calls may be kept. */
  readonly keptMs: number;
  /**
   * The bucket of the store. Whoever keeps tokens sends calls later than it took them, so that tokens of `keptMs` may come on top of what the
   * bucket lets out in a span; the store's bucket is less deep by just these, and so the sum of all calls keeps to `burst` and `perSecond`.
   */
  readonly store: BucketRules;
}

/** Beyond that a token lies idle with one instance while others are short of it. */
const keptMsMost = 200;

/** Less is not worth a trip. */
const keptMsLeast = 5;

const perSecondMost = 1_000_000;
const burstMost = 10_000_000;

export function rateLimitFaults({ perSecond, burst }: RateLimitSpec): readonly { path: string; message: string }[] {
  const faults: { path: string; message: string }[] = [];
  if (!(perSecond > 0 && perSecond <= perSecondMost))
    faults.push({
      path: 'perSecond',
      message: `is ${perSecond}; write a number above 0 and up to 1,000,000. To stop all calls, force the target's breaker open`,
    });
  if (burst !== undefined && !(burst >= 1 && burst <= burstMost))
    faults.push({
      path: 'burst',
      message: `is ${burst}; write a number from 1 to 10,000,000: with less no call ever gets a token`,
    });
  return faults;
}

/** Of a spec without faults. Half of what may come at once is given to keeping tokens ahead, at most. */
export function rateLimitRules({ perSecond, burst = Math.max(1, perSecond) }: RateLimitSpec): RateLimitRules {
  const affordableMs = Math.min(keptMsMost, (500 * (burst - 1)) / perSecond);
  const keptMs = affordableMs < keptMsLeast ? 0 : affordableMs;
  return { perSecond, burst, keptMs, store: { perSecond, burst: burst - (perSecond * keptMs) / 1_000 } };
}

/** What each of so many instances may let through by itself, so that together they keep to the rate. A bucket holds one token at least. */
export function shareOf({ perSecond, burst }: BucketRules, instances: number): BucketRules {
  const among = Math.max(1, instances);
  return { perSecond: perSecond / among, burst: Math.max(1, burst / among) };
}
