import type { RedisBreakerNeeds } from './breaker-states.ts';
import { defineScript } from './scripts.ts';

/** Which breakers and instances there are: what no script of a single breaker can know. */
export interface BreakerRegister {
  /** To be called with everything that is sent, so that nothing is in the store which nobody would find; it seldom sends anything. */
  note(instance: string | undefined, names: readonly string[]): Promise<void>;
  /** Called with how many instances there are, whenever this one has said that it is. Returns how to stop. */
  onInstances(listener: (instances: number) => void): () => void;
  read(): Promise<{ readonly names: readonly string[]; readonly instances: number }>;
}

export const registerLimits = {
  /** An instance is there while it said so within the last half minute, and it says so every ten seconds. */
  seenMs: 30_000,
  noteMs: 10_000,
  /** A name is noted again so often, in case that it was lost, and forgotten when nobody did so for a week. */
  renoteMs: 600_000,
  keptMs: 7 * 86_400_000,
  /** Names of breakers: more than these, and those that were noted longest ago are not found any more. */
  names: 10_000,
} as const;

/** What was noted is noted again after every loss of the connection, since the store may have come back empty. */
export function createBreakerRegister({ link, clock, prefix = 'breakwater' }: RedisBreakerNeeds): BreakerRegister {
  const keys = ['breakers', 'instances'].map((part) => `${prefix}:{guards}:${part}`);
  const { keptMs, seenMs } = registerLimits;
  const notedAt = new Map<string, number>();
  const seenAt = new Map<string, number>();
  const listeners = new Set<(instances: number) => void>();
  link.onState(() => {
    notedAt.clear();
    seenAt.clear();
  });

  return {
    async note(instance, names) {
      const now = clock.now();
      const due = names.filter(
        (name) => now - (notedAt.get(name) ?? Number.NEGATIVE_INFINITY) >= registerLimits.renoteMs,
      );
      const isSeen =
        instance === undefined || now - (seenAt.get(instance) ?? Number.NEGATIVE_INFINITY) < registerLimits.noteMs;
      if (due.length === 0 && isSeen) return;
      if (notedAt.size > registerLimits.names) notedAt.clear();
      for (const name of due) notedAt.set(name, now);
      if (instance !== undefined) seenAt.set(instance, now);
      try {
        const said = isSeen ? '' : instance;
        const instances = await link.run(noteScript, keys, [keptMs, seenMs, registerLimits.names, said, ...due]);
        if (!isSeen) for (const listener of listeners) listener(Number(instances));
      } catch (thrown) {
        for (const name of due) notedAt.delete(name);
        if (instance !== undefined) seenAt.delete(instance);
        throw thrown;
      }
    },
    onInstances(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async read() {
      const [names, instances] = (await link.run(readScript, keys, [seenMs])) as [string[], number];
      return { names, instances };
    },
  };
}

/** KEYS breakers, instances: sorted sets by when they were noted last · ARGV how long each is kept, how many names, an instance or nothing, names */
const noteScript = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at = 5, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[at]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[2], now, ARGV[4])
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2])
end
return redis.call('ZCARD', KEYS[2])
`);

const readScript = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return { redis.call('ZRANGE', KEYS[1], 0, -1), redis.call('ZCOUNT', KEYS[2], now - ARGV[1], '+inf') }
`);
