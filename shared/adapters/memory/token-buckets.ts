import type { Clock } from '../../core/clock.ts';
import { emptyBucket, type TokenBucket, takeTokens } from '../../policy/rate-limit/index.ts';
import type { TokenBuckets } from '../../ports/index.ts';

/** The one that was asked least lately makes room. */
const bucketsMost = 10_000;

/** Buckets in memory: gone with the process, and everything else as promised. */
export function createMemoryTokenBuckets(clock: Clock): TokenBuckets {
  const buckets = new Map<string, TokenBucket>();
  /** Of a bucket that is not known it is not known either what was taken from it before. */
  let knownSince = clock.now();
  return {
    async take(wishes) {
      const now = clock.now();
      return wishes.map(({ bucket: name, tokens, ...rules }) => {
        const { bucket, granted, retryInMs } = takeTokens(
          buckets.get(name) ?? emptyBucket(knownSince),
          rules,
          tokens,
          now,
        );
        buckets.delete(name);
        buckets.set(name, bucket);
        if (buckets.size > bucketsMost) {
          buckets.delete(buckets.keys().next().value!);
          knownSince = now;
        }
        return { granted, retryInMs };
      });
    },
  };
}
