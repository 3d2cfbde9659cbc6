import type { Failure } from '../../../shared/policy/retry/index.ts';

/** A target that fails in a way of its own, in virtual time. */
export interface Target {
  /** What becomes of a call that comes at `now`; undefined when it succeeds. Calls come in the order of their times. */
  answer(now: number, chance: () => number): Failure | undefined;
}

export interface Pattern {
  readonly name: string;
  /** First attempts a second at `now`. */
  rate(now: number): number;
  target(chance: () => number): Target;
}

const seconds = 1_000;
const minutes = 60_000;

/** What comes and goes does so alike in each tenth of six hours: 36 minutes. */
export const patterns: readonly Pattern[] = [
  {
    // Down for 2 s on average, up for 30 s on average.
    name: 'short blips',
    rate: () => 2,
    target: (chance) => downNowAndThen(chance, 30 * seconds, 2 * seconds),
  },
  {
    // It serves 10 calls a second. Of more, it wastes what it begins and can't end: the more come, the fewer are served.
    name: 'overload',
    rate: (now) => (now % (18 * minutes) < 3 * minutes ? 12 : 4),
    target: () => overloaded(10),
  },
  {
    name: 'outage of 10 minutes',
    rate: () => 2,
    target: () => ({
      answer: (now) => (isWithin(now, 20, 30) ? { code: 'connection_refused', message: '' } : undefined),
    }),
  },
  {
    // 100 calls in each 20 s; above that 429 with the seconds until the next 20 s.
    name: 'rate limit',
    rate: (now) => (now % (12 * minutes) < 2 * minutes ? 7 : 3),
    target: () => limited(100, 20 * seconds),
  },
  {
    name: '30 % at random',
    rate: () => 2,
    target: () => ({ answer: (_, chance) => (chance() < 0.3 ? { code: 'http_500', message: '' } : undefined) }),
  },
];

/** In these minutes of each 36. */
function isWithin(now: number, from: number, to: number): boolean {
  const minute = (now / minutes) % 36;
  return minute >= from && minute < to;
}

function downNowAndThen(chance: () => number, upMs: number, downMs: number): Target {
  let isDown = false;
  let until = 0;
  return {
    answer(now) {
      while (now >= until) {
        isDown = until > 0 && !isDown;
        until += -Math.log(1 - chance()) * (isDown ? downMs : upMs);
      }
      return isDown ? { code: 'connection_refused', message: '' } : undefined;
    },
  };
}

/** The load is that of the last two seconds, whoever it comes from, retries and first attempts alike. */
function overloaded(callsPerSecond: number): Target {
  const windowMs = 2 * seconds;
  const recent: number[] = [];
  return {
    answer(now, chance) {
      while (recent.length > 0 && recent[0]! <= now - windowMs) recent.shift();
      recent.push(now);
      const load = recent.length / (windowMs / seconds);
      const served = Math.min(1, (callsPerSecond / load) ** 2);
      return chance() < served ? undefined : { code: 'http_503', message: '' };
    },
  };
}

function limited(calls: number, windowMs: number): Target {
  let window = -1;
  let taken = 0;
  return {
    answer(now) {
      const current = Math.floor(now / windowMs);
      if (current !== window) taken = 0;
      window = current;
      if (taken++ < calls) return undefined;
      const waitMs = Math.ceil(((current + 1) * windowMs - now) / seconds) * seconds;
      return { code: 'http_429', message: '', retryAfterMs: waitMs };
    },
  };
}
