import type { RateLimitRules } from './spec.ts';

/**
 * How many tokens to take ahead of the calls, by what was used since the last time of asking: as many as will be used while they may be
 * kept. At most twice as many as before, so that a short rush does not leave many to expire unused.
 */
export function tokensAhead({ perSecond, keptMs }: RateLimitRules, used: number, elapsedMs: number): number {
  if (keptMs === 0) return 0;
  const expected = (used * keptMs) / Math.max(1, elapsedMs);
  return Math.ceil(Math.min(expected, 2 * used, (perSecond * keptMs) / 1_000));
}
