import { seededRandom } from '../../../../shared/core/random.ts';
import { beginLimit, limitOf, observe } from '../../../../shared/policy/bulkhead/index.ts';
import { quantile } from '../../statistics.ts';
import type { Limiter, Phase } from './target.ts';

/** All begin at the same limit. */
export const begin = 20;
const most = 1_000;

export const contestants = { ours, 'ours in 4 instances': () => oursInFleet(4), vegas, gradient2, envoy } as const;

export function ours(): Limiter {
  let limit = beginLimit({ least: 1, most }, begin);
  return {
    limit: () => limitOf(limit),
    ended(latencyMs, inFlight, dropped, now) {
      limit = observe(limit, { latencyMs, inFlight, dropped }, now);
    },
  };
}

/** Each instance measures its own calls, and the lower median of what they say is in force. */
function oursInFleet(instances: number): Limiter {
  const chance = seededRandom(1);
  const limits = Array.from({ length: instances }, () => beginLimit({ least: 1, most }, begin));
  const agreed = () => limits.map(limitOf).sort((a, b) => a - b)[Math.ceil(instances / 2) - 1]!;
  return {
    limit: agreed,
    ended(latencyMs, inFlight, dropped, now) {
      const at = Math.floor(chance.next() * instances);
      limits[at] = observe(limits[at]!, { latencyMs, inFlight, dropped, limit: agreed() }, now);
    },
  };
}

/** What nobody has who does not know the target: a limit that is right in every phase, twice what the target works on at once. */
export function knowing(phases: readonly Phase[]): Limiter {
  return {
    limit(now) {
      let endsAt = 0;
      for (const { seconds, servers } of phases) {
        endsAt += seconds * 1_000;
        if (now < endsAt) return 2 * servers;
      }
      return 2 * phases.at(-1)!.servers;
    },
    ended() {},
  };
}

/**
 * Vegas with the defaults of Netflix' concurrency-limits 0.5, written anew from its description: the queue is limit * (1 - least latency / latency), and
 * the limit goes up by 6, up by 1, stays or goes down by 1 (each times the whole part of log10 of the limit) as that queue is up to 1, below 3, up to 6
 * or above, with every call. The least latency is measured anew after some 30 times the limit calls.
 */
export function vegas(): Limiter {
  const chance = seededRandom(1);
  let limit = begin;
  let leastMs = 0;
  let calls = 0;
  let probeAfter = 30 * (0.5 + chance.next() / 2);
  return {
    limit: () => Math.floor(limit),
    ended(latencyMs, inFlight, dropped) {
      calls++;
      if (probeAfter * limit <= calls) {
        calls = 0;
        probeAfter = 30 * (0.5 + chance.next() / 2);
        leastMs = latencyMs;
        return;
      }
      if (leastMs === 0 || latencyMs < leastMs) {
        leastMs = latencyMs;
        return;
      }
      const unit = Math.max(1, Math.floor(Math.log10(limit)));
      const queue = Math.ceil(limit * (1 - leastMs / latencyMs));
      if (dropped) limit -= unit;
      else if (inFlight * 2 < limit) return;
      else if (queue <= unit) limit += 6 * unit;
      else if (queue < 3 * unit) limit += unit;
      else if (queue > 6 * unit) limit -= unit;
      limit = Math.max(1, Math.min(most, limit));
    },
  };
}

/**
 * Gradient2 over windows of a second, with the defaults of the same library, but from 1 on: the mean of a window against a long average, a queue of 4, a
 * fifth of the way with each window.
 */
export function gradient2(): Limiter {
  let limit = begin;
  let longMs = 0;
  let windows = 0;
  let window = { calls: 0, sumMs: 0, inFlight: 0, closeAt: 0 };
  return {
    limit: () => Math.floor(limit),
    ended(latencyMs, inFlight, _, now) {
      window.calls++;
      window.sumMs += latencyMs;
      window.inFlight = Math.max(window.inFlight, inFlight);
      if (now < window.closeAt || window.calls < 10) return;
      const shortMs = window.sumMs / window.calls;
      const isUsed = window.inFlight >= limit / 2;
      window = { calls: 0, sumMs: 0, inFlight: 0, closeAt: now + 1_000 };
      windows++;
      // Ten windows of plain mean, then an average over some 600.
      longMs += (shortMs - longMs) * (windows <= 10 ? 1 / windows : 2 / 601);
      if (longMs / shortMs > 2) longMs *= 0.9;
      if (!isUsed) return;
      const gradient = Math.max(0.5, Math.min(1, longMs / shortMs));
      limit = Math.max(1, Math.min(most, limit * 0.8 + (limit * gradient + 4) * 0.2));
    },
  };
}

/**
 * Envoy's gradient controller as its documentation has it: windows of 100 ms, their median, and every 60 s the least latency from 50 calls at a limit of 3,
 * with a buffer of a quarter. gradient = (least + buffer) / median, from 0.5 to 2; limit = gradient * limit + its root. Measured anew as well
 * when the limit was the least for five windows.
 */
export function envoy(): Limiter {
  const least = 3;
  const everyMs = 60_000;
  let limit = begin;
  let leastMs = 0;
  let measuring = true;
  let measureAt = 0;
  let samples: number[] = [];
  let closeAt = 100;
  let atLeast = 0;
  const close = (now: number) => {
    closeAt = now + 100;
    if (samples.length === 0) return;
    const gradient = Math.max(0.5, Math.min(2, (1.25 * leastMs) / quantile(samples, 0.5)));
    limit = Math.max(least, Math.min(most, gradient * limit + Math.sqrt(gradient * limit)));
    atLeast = limit <= least ? atLeast + 1 : 0;
    samples = [];
  };
  return {
    limit: () => (measuring ? least : Math.floor(limit)),
    ended(latencyMs, _, __, now) {
      samples.push(latencyMs);
      if (measuring) {
        if (samples.length < 50) return;
        leastMs = quantile(samples, 0.5);
        measuring = false;
        samples = [];
        closeAt = now + 100;
        measureAt = now + everyMs;
      } else if (now >= closeAt) close(now);
      if (!measuring && (now >= measureAt || atLeast >= 5)) {
        measuring = true;
        atLeast = 0;
        samples = [];
      }
    },
  };
}
