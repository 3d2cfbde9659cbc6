import { idleTimer, type WheelTimer } from '../../core/timer-wheel.ts';
import {
  emptyBucket,
  type RateLimitRules,
  shareOf,
  type TokenBucket,
  takeTokens,
  tokensAhead,
} from '../../policy/rate-limit/index.ts';
import type { TokenAnswer, TokenWish } from '../../ports/index.ts';
import type { Refusal } from './refusal.ts';
import type { Timers } from './timers.ts';

/** The rate limit of one name, for the whole fleet. */
export interface RateLimit {
  readonly name: string;
  /** Takes a token: nothing, or why there is none. Answers at once while tokens are at hand or it is known that there are none. */
  take(now: number): Refusal | undefined | Promise<Refusal | undefined>;
  view(): RateLimitView;
}

export interface RateLimitView {
  readonly name: string;
  readonly perSecond: number;
  readonly burst: number;
  /** `local`: this instance lets through its share of the rate, which is then told. */
  readonly mode: 'shared' | 'local';
  readonly share?: { readonly perSecond: number; readonly burst: number };
}

export interface RateLimitNeeds {
  readonly now: () => number;
  readonly timers: Timers;
  /** Absent where there is no store at all. */
  readonly ask?: (wish: TokenWish) => Promise<TokenAnswer>;
  /** Instances of the fleet, as far as is known; this one at least. */
  readonly instances: () => number;
  readonly onRefused: (name: string, because: string) => void;
}

/** Longer than that no call waits for the store: it is judged by this instance's share instead. */
const patienceMs = 50;

/** A store that failed, or took too long, is asked again after that, in the background. */
const storeRestMs = 1_000;

/** Who is refused is told to come back at the pace at which tokens will come, but not later than that. */
const retrySpreadMsMost = 10_000;

/** Tokens that were taken ahead and not used yet. */
interface Chunk {
  tokens: number;
  readonly size: number;
  /** By then they are void: unused tokens must not pile up. */
  readonly until: number;
}

interface Waiter {
  readonly answer: (refusal: Refusal | undefined) => void;
}

const noChunk: Chunk = { tokens: 0, size: 0, until: -Infinity };

export function createRateLimit(name: string, rules: RateLimitRules, needs: RateLimitNeeds): RateLimit {
  const { now: timeNow, timers, ask: askStore, instances, onRefused } = needs;
  let chunk = noChunk;
  let nextChunk = noChunk;
  const waiters: Waiter[] = [];
  let used = 0;
  let askedAt = timeNow();
  let isAsking = false;
  /** Nothing is to be had before. */
  let emptyUntil = -Infinity;
  let refusedSince = 0;
  /** Where no store ever was, this process is the fleet: its bucket begins full. */
  let own: TokenBucket = askStore ? emptyBucket(timeNow()) : { tokens: rules.burst, at: timeNow() };
  let isLocal = askStore === undefined;
  let restsUntil = -Infinity;
  const patience: WheelTimer = { ...idleTimer, onDue: () => goLocal(timeNow()) };

  function refuse(now: number, at: number): Refusal {
    const spreadMs = Math.min(retrySpreadMsMost, (refusedSince++ * 1_000) / rules.perSecond);
    const message = `rate limit \`${name}\`: ${rules.perSecond} calls a second (burst ${rules.burst}) are used up`;
    onRefused(name, message);
    return { kind: 'refused', because: 'rateLimited', name, retryAt: Math.max(now, at) + spreadMs, message };
  }

  function takeFromChunk(now: number): boolean {
    if (chunk.tokens === 0 || now >= chunk.until) {
      if (nextChunk.tokens === 0 || now >= nextChunk.until) return false;
      chunk = nextChunk;
      nextChunk = noChunk;
    }
    chunk.tokens--;
    used++;
    if (chunk.tokens * 2 <= chunk.size && nextChunk === noChunk && !isAsking && now >= emptyUntil) ask(now);
    return true;
  }

  function takeHere(now: number): Refusal | undefined {
    if (askStore && now >= restsUntil && !isAsking) ask(now);
    const taken = takeTokens(own, shareOf(rules, instances()), 1, now);
    own = taken.bucket;
    if (taken.granted === 0) return refuse(now, now + taken.retryInMs);
    refusedSince = 0;
    return undefined;
  }

  function ask(now: number): void {
    const tokens = Math.max(1, waiters.length + tokensAhead(rules, used, now - askedAt));
    used = 0;
    askedAt = now;
    isAsking = true;
    const wish = { bucket: name, ...rules.store, tokens };
    askStore!(wish).then(
      (answer) => hear(answer, tokens, now),
      () => {
        isAsking = false;
        goLocal(timeNow());
      },
    );
  }

  /** Who waits goes first; what is left is kept, by the time at which it was asked for: the store gave it no earlier. */
  function hear({ granted, retryInMs }: TokenAnswer, wanted: number, sentAt: number): void {
    isAsking = false;
    timers.cancel(patience);
    isLocal = false;
    const now = timeNow();
    if (granted < wanted) emptyUntil = now + Math.max(retryInMs, granted === 0 ? rules.keptMs / 4 : 0);
    if (granted > 0) refusedSince = 0;
    const served = waiters.splice(0, granted);
    used += served.length;
    for (const { answer } of served) answer(undefined);
    const tokens = granted - served.length;
    if (tokens > 0 && sentAt + rules.keptMs > now) nextChunk = { tokens, size: tokens, until: sentAt + rules.keptMs };
    else nextChunk = noChunk;
    if (waiters.length === 0) return;
    if (granted < wanted) for (const { answer } of waiters.splice(0)) answer(refuse(now, emptyUntil));
    else askForWaiters(now);
  }

  function askForWaiters(now: number): void {
    if (patience.place === -1) timers.start(patience, now + patienceMs);
    if (!isAsking) ask(now);
  }

  /** The bucket of this instance alone begins empty: what the fleet took lately is in nobody's. */
  function goLocal(now: number): void {
    timers.cancel(patience);
    if (!isLocal) own = emptyBucket(now);
    isLocal = true;
    restsUntil = now + storeRestMs;
    for (const { answer } of waiters.splice(0)) answer(takeHere(now));
  }

  return {
    name,
    take(now) {
      if (takeFromChunk(now)) return undefined;
      if (isLocal) return takeHere(now);
      if (now < emptyUntil || waiters.length > rules.burst + rules.perSecond) return refuse(now, emptyUntil);
      return new Promise((answer) => {
        waiters.push({ answer });
        askForWaiters(now);
      });
    },
    view() {
      const { perSecond, burst } = rules;
      const mode = isLocal ? 'local' : 'shared';
      return { name, perSecond, burst, mode, ...(isLocal && { share: shareOf(rules, instances()) }) };
    },
  };
}
