import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { BreakerStates, Permits, TokenBuckets } from '../ports/index.ts';

/** What a fleet shares of its guards and may lose. */
export interface HotStores {
  readonly states?: BreakerStates;
  readonly permits?: Permits;
  readonly buckets?: TokenBuckets;
  close(): Promise<void>;
}

export const noHotStores: HotStores = { close: async () => {} };

export interface HotStoresParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly redisUrl: string | undefined;
  report(error: unknown, context: string): void;
}

/** Redis' client is loaded only where there is a Redis. It connects by itself, so nothing is waited for. */
export async function openHotStores({ clock, random, redisUrl, report }: HotStoresParts): Promise<HotStores> {
  if (redisUrl === undefined) return noHotStores;
  const { openRedis } = await import('../adapters/redis/connect.ts');
  const { createRedisBreakerStates } = await import('../adapters/redis/breaker-states.ts');
  const { createRedisPermits } = await import('../adapters/redis/permits.ts');
  const { createRedisTokenBuckets } = await import('../adapters/redis/token-buckets.ts');
  const link = openRedis({ url: redisUrl, clock, random, report });
  return {
    states: createRedisBreakerStates({ link, clock, random }),
    permits: createRedisPermits(link, clock),
    buckets: createRedisTokenBuckets(link),
    close: () => link.close(),
  };
}

/** Of a process that is the whole fleet. Its bulkheads need no store: their limits are its own. */
export async function ownHotStores(clock: Clock, random: Random): Promise<HotStores> {
  const { createMemoryBreakerStates } = await import('../adapters/memory/breaker-states.ts');
  return { states: createMemoryBreakerStates({ clock, random }), close: async () => {} };
}
