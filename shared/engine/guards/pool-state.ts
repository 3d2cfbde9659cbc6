import type { Clock } from '../../core/clock.ts';
import { idleTimer, type WheelTimer } from '../../core/timer-wheel.ts';
import {
  type AdaptiveLimit,
  type BulkheadRules,
  beginLimit,
  createLine,
  type DropReason,
  type Line,
  limitOf,
  noServiceTime,
  type ServiceTime,
  shareAt,
  shareOfCount,
  type Waiter,
} from '../../policy/bulkhead/index.ts';
import type { BulkheadPermit } from './bulkhead-permit.ts';
import type { BulkheadRejection } from './bulkhead-rejection.ts';
import { createHoldings, type Holdings } from './holdings.ts';
import type { Timers } from './timers.ts';

/** One pool as this instance has it. What changes it stands in `pool-permits`, `pool-asking` and `pool-times`. */
export interface PoolState {
  readonly name: string;
  readonly needs: PoolNeeds;
  rules: BulkheadRules;
  readonly line: Line<Pending>;
  readonly holdings: Holdings;
  /** Calls under way, those included that have lost their permit. */
  running: number;
  /** When the first call of all began. */
  firstAt: number | undefined;
  /** Waiters of whom the store was not told yet, and those that the wish under way tells. All others in the line are accepted. */
  fresh: Pending[];
  asked: Pending[];
  /** Permits that would be good to have at hand, since somebody asked who can't wait. */
  spare: number;
  service: ServiceTime;
  /** As this instance measured it; nothing where the limit is configured. */
  measured: AdaptiveLimit | undefined;
  news: PoolNews;
  askedAt: number;
  /** The store's count of waiters is too high, since permits were used again without asking. */
  isCountBehind: boolean;
  /** The store is to be told of all that is held. */
  tellAll: boolean;
  /** Until then no more than this instance's share is held on to: others may still be on theirs. */
  shareUntil: number;
  underWay: WishUnderWay | undefined;
  lastNumber: number;
  readonly timer: WheelTimer;
  dueAt: number;
}

/** As the store said last; times by the clock of this instance. */
export interface PoolNews {
  readonly limit: number;
  readonly inUse: number;
  readonly depth: number;
  readonly newest: number;
  /** Rank of the first waiter of another instance. */
  readonly othersHead: number | undefined;
  readonly nextFreeAt: number | undefined;
  readonly warmUntil: number;
}

export interface WishUnderWay {
  readonly sentAt: number;
  readonly leaseMs: number;
  readonly told: readonly number[];
  readonly isWhole: boolean;
}

/** One who waits. */
export interface Pending {
  readonly since: number;
  waiter: Waiter<Pending> | undefined;
  signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  answer(answer: BulkheadPermit | BulkheadRejection): void;
}

/** What this instance knows of the store that it shares pools through. */
export interface PoolStore {
  /** `none`: there is none, and all of each limit is this instance's. */
  readonly kind: 'none' | 'there' | 'away';
  readonly awaySince: number;
  /** When it was asked last. */
  readonly triedAt: number;
  readonly isAsking: boolean;
  readonly instances: number;
  /** Among them by id; unknown before the first answer. */
  readonly place: number | undefined;
}

export interface PoolNeeds {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: PoolStore;
  askSoon(pool: PoolState): void;
  countRejection(pool: PoolState, rejection: BulkheadRejection): void;
}

export function createPoolState(
  name: string,
  rules: BulkheadRules,
  needs: PoolNeeds,
  onDue: (pool: PoolState) => void,
  onDrop: (pool: PoolState, pending: Pending, because: DropReason) => void,
): PoolState {
  const pool: PoolState = {
    name,
    needs,
    rules,
    line: createLine<Pending>(rules, ({ work }, because) => onDrop(pool, work, because)),
    holdings: createHoldings(),
    running: 0,
    firstAt: undefined,
    fresh: [],
    asked: [],
    spare: 0,
    service: noServiceTime,
    measured: measuredOf(rules),
    news: newsOfNothing(rules.limit),
    askedAt: Number.NEGATIVE_INFINITY,
    isCountBehind: false,
    tellAll: false,
    shareUntil: 0,
    underWay: undefined,
    lastNumber: 0,
    timer: { ...idleTimer, onDue: () => onDue(pool) },
    dueAt: Number.POSITIVE_INFINITY,
  };
  fitLine(pool);
  return pool;
}

function newsOfNothing(limit: number): PoolNews {
  return { limit, inUse: 0, depth: 0, newest: 0, othersHead: undefined, nextFreeAt: undefined, warmUntil: 0 };
}

function measuredOf({ adaptive, limit }: BulkheadRules): AdaptiveLimit | undefined {
  return adaptive && beginLimit(adaptive, limit);
}

/** What has been measured goes on to count as long as the bounds are the same. */
export function adjustRules(pool: PoolState, rules: BulkheadRules): void {
  const [before, after] = [pool.measured?.bounds, rules.adaptive];
  if (before?.least !== after?.least || before?.most !== after?.most) pool.measured = measuredOf(rules);
  pool.rules = rules;
  fitLine(pool);
}

/** The limit that this instance stands for; in a fleet the store says what holds. */
export function ownLimit({ measured, rules }: PoolState): number {
  return measured ? limitOf(measured) : rules.limit;
}

/** While the store counts, those who are about to get a permit stand in the line, too, for the time of one question. */
export function fitLine(pool: PoolState): void {
  const { rules, needs } = pool;
  const queueMost =
    needs.store.kind === 'there'
      ? rules.queueMost + (rules.adaptive?.most ?? rules.limit)
      : shareOf(needs.store, rules.queueMost);
  pool.line.adjust({ ...rules, queueMost });
}

/** What this instance may use of the limit when it can ask nobody. */
export function shareNow(pool: PoolState): number {
  const { needs, news } = pool;
  return shareOf(needs.store, needs.store.kind === 'none' ? ownLimit(pool) : news.limit);
}

function shareOf({ kind, instances, place }: PoolStore, most: number): number {
  if (kind === 'none') return most;
  return place === undefined ? shareOfCount(most, instances) : shareAt(most, place, instances);
}

/** May take permits from its share: there is no store, or it has been away for so long that nobody holds more than a share any more. */
export function isOnItsOwn(pool: PoolState, now: number): boolean {
  const { kind, isAsking } = pool.needs.store;
  return kind === 'none' || (!isAsking && now >= ownSince(pool) && isSurelyAway(pool, now));
}

/**
 * Whoever held more than its share when the store went has lost that after a lease; only then a share is everybody's own. A quarter more, since
 * this instance may have lost the store a little earlier than the others.
 */
export function ownSince({ needs, rules }: PoolState): number {
  return needs.store.awaySince + 1.25 * rules.leaseMs;
}

/**
 * What was taken from a share is a lease, too: of half a lease, begun anew each time that the store is found away. A store that is there again gives
 * nothing for as long, so who is asleep when it comes back has lost it by then.
 */
export function ownUntil({ needs: { store }, rules }: PoolState): number {
  return store.kind === 'none' ? Number.POSITIVE_INFINITY : store.triedAt + rules.leaseMs / 2;
}

/** It was found away just now. Who was asleep has to ask again first. */
export function isSurelyAway(pool: PoolState, now: number): boolean {
  const { kind, triedAt } = pool.needs.store;
  return kind === 'away' && now - triedAt <= 2 * askAgainMs(pool);
}

/** While it is away the store is asked again so often by those who want something: well within a lease. */
export function askAgainMs({ rules }: PoolState): number {
  return Math.min(1_000, rules.leaseMs / 8);
}

/** So many permits are kept at hand at most, for so long. */
export function keptMost({ news }: PoolState): number {
  return Math.ceil(news.limit / 4);
}

export function keepMs({ leaseMs }: BulkheadRules): number {
  return Math.min(leaseMs / 4, 1_000);
}

/** Has the pool looked at then, at the latest. */
export function wakeBy(pool: PoolState, at: number): void {
  if (at >= pool.dueAt) return;
  const { timers } = pool.needs;
  if (pool.dueAt !== Number.POSITIVE_INFINITY) timers.cancel(pool.timer);
  pool.dueAt = at;
  timers.start(pool.timer, at);
}

/** The store's count of waiters may be so much behind: while permits are used again here it is told now and then. */
export const behindMs = 20;

export function countIsBehind(pool: PoolState, now: number): void {
  if (pool.needs.store.kind !== 'there' || pool.isCountBehind) return;
  pool.isCountBehind = true;
  wakeBy(pool, now + behindMs);
}
