import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import { type RateLimitSpec, rateLimitFaults, rateLimitRules } from '../../policy/rate-limit/index.ts';
import type { TokenAnswer, TokenBuckets, TokenWish } from '../../ports/index.ts';
import type { TellGuardEvent } from './guard-events.ts';
import { createRateLimit, type RateLimit, type RateLimitView } from './rate-limit.ts';
import type { Timers } from './timers.ts';

/** The rate limits of a process. Two who use one name share its tokens, here and in the whole fleet. */
export interface RateLimits {
  /** Throws a CodedError `guard_invalid` where the spec is unsound, or another than the one that the name has here. */
  limit(name: string, spec: RateLimitSpec): RateLimit;
  views(): readonly RateLimitView[];
}

export interface RateLimitsNeeds {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Absent where there is no store: then the process is alone, or keeps to its share of the rate. */
  readonly buckets?: TokenBuckets;
  /** Instances of the fleet, as far as is known. One unless said. */
  readonly instances?: () => number;
  readonly tell?: TellGuardEvent;
}

/** A limit that refuses thousands a second tells it once a second. */
const tellEveryMs = 1_000;

export function createRateLimits({ clock, timers, buckets, instances = () => 1, tell }: RateLimitsNeeds): RateLimits {
  const limits = new Map<string, { readonly limit: RateLimit; readonly said: string }>();
  const ask = buckets && together(buckets);

  function make(name: string, spec: RateLimitSpec): RateLimit {
    const told = { at: -Infinity, count: 0 };
    function onRefused(_: string, because: string): void {
      told.count++;
      const at = clock.now();
      if (!tell || at - told.at < tellEveryMs) return;
      tell({ kind: 'rejection', guard: 'rate_limit', name, count: told.count, because, at });
      told.at = at;
      told.count = 0;
    }
    const needs = { now: clock.now, timers, instances, onRefused, ...(ask && { ask }) };
    return createRateLimit(name, rateLimitRules(spec), needs);
  }

  return {
    limit(name, spec) {
      const [fault] = rateLimitFaults(spec);
      if (fault) throw new CodedError('guard_invalid', `rate limit \`${name}\`: \`${fault.path}\` ${fault.message}`);
      const said = JSON.stringify([spec.perSecond, spec.burst]);
      const known = limits.get(name);
      if (known && known.said !== said)
        throw new CodedError(
          'guard_invalid',
          `rate limit \`${name}\` is known with another rate already; give one of them another name`,
        );
      if (known) return known.limit;
      const limit = make(name, spec);
      limits.set(name, { limit, said });
      return limit;
    },
    views: () => [...limits.values()].map(({ limit }) => limit.view()),
  };
}

/** What is asked for in one turn goes to the store in one request. */
function together(buckets: TokenBuckets): (wish: TokenWish) => Promise<TokenAnswer> {
  let wishes: TokenWish[] = [];
  let asked: Promise<readonly TokenAnswer[]> | undefined;

  async function askAll(): Promise<readonly TokenAnswer[]> {
    await undefined;
    const all = wishes;
    wishes = [];
    asked = undefined;
    return buckets.take(all);
  }

  return async (wish) => {
    const place = wishes.push(wish) - 1;
    asked ??= askAll();
    return (await asked)[place]!;
  };
}
