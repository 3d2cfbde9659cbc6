import {
  type AdaptiveLimit,
  addServiceTime,
  bulkheadLimits,
  type EndedCall,
  expectedServiceMs,
  limitOf,
  observe,
  type Waiter,
} from '../../policy/bulkhead/index.ts';
import { type Holding, Permit } from './bulkhead-permit.ts';
import {
  countIsBehind,
  isOnItsOwn,
  keepMs,
  keptMost,
  ownUntil,
  type Pending,
  type PoolState,
  shareNow,
  wakeBy,
} from './pool-state.ts';

/**
 * Who gets a permit. What is released here goes to this instance's own first waiter as long as no waiter of another instance is known to have a
 * lesser rank; else it goes back, and the store gives it to who is first in the fleet. Nobody who comes passes those who wait.
 */

const { usesPerPermit, numbersPerMs } = bulkheadLimits;

/** A permit at once, where one is at hand and nobody waits. */
export function takeNow(pool: PoolState, now: number): Permit | undefined {
  if (pool.line.depth > 0) return undefined;
  const holding = freeNow(pool, now);
  return holding && use(pool, holding, now);
}

/** As many of those who wait as there are permits at hand. */
export function serve(pool: PoolState, now: number): void {
  while (pool.line.depth > 0) {
    const holding = freeNow(pool, now);
    if (!holding) return;
    const waiter = nextOf(pool, now);
    if (!waiter) return putAway(pool, holding, now);
    countIsBehind(pool, now);
    hand(pool, waiter, holding, now);
  }
}

/** One that the store gave just now. */
export function takeGrant(pool: PoolState, number: number, leasedAt: number, until: number, now: number): void {
  if (until <= now) {
    pool.holdings.giveBackNumber(number);
    return pool.needs.askSoon(pool);
  }
  const holding = pool.holdings.add(number, leasedAt, until, false);
  pool.lastNumber = Math.max(pool.lastNumber, number);
  const waiter = nextOf(pool, now);
  if (waiter) hand(pool, waiter, holding, now);
  else putAway(pool, holding, now);
  wakeBy(pool, leasedAt + pool.rules.leaseMs / 3);
}

function freeNow(pool: PoolState, now: number): Holding | undefined {
  const { holdings } = pool;
  if (holdings.kept > 0) {
    const kept = holdings.takeKept(now);
    if (kept) return kept;
  }
  if (!isOnItsOwn(pool, now) || pool.running >= shareNow(pool)) return undefined;
  pool.lastNumber = Math.max(pool.lastNumber, pool.news.newest, Math.floor(now * numbersPerMs)) + usesPerPermit;
  return holdings.add(pool.lastNumber, now, ownUntil(pool), true);
}

function nextOf(pool: PoolState, now: number): Waiter<Pending> | undefined {
  return pool.line.depth === 0 ? undefined : pool.line.take(now, expectedServiceMs(pool.service, now));
}

function hand(pool: PoolState, { work }: Waiter<Pending>, holding: Holding, now: number): void {
  const permit = use(pool, holding, now);
  settlePending(work);
  work.answer(permit);
}

/** It waits no more. */
export function settlePending(pending: Pending): void {
  if (pending.onAbort) pending.signal?.removeEventListener('abort', pending.onAbort);
}

function use(pool: PoolState, holding: Holding, now: number): Permit {
  const permit = new Permit(pool.name, holding, now, (each, held, dropped) => release(pool, each, held, dropped));
  pool.holdings.use(holding, permit);
  pool.running++;
  pool.firstAt ??= now;
  return permit;
}

function release(pool: PoolState, permit: Permit, holding: Holding, dropped: boolean): void {
  const now = pool.needs.clock.now();
  const latencyMs = now - permit.begunAt;
  if (pool.measured) measure(pool, pool.measured, { latencyMs, dropped, ...inFleet(pool) }, now);
  pool.running--;
  pool.service = addServiceTime(pool.service, latencyMs, now);
  if (permit.lostAt === undefined) {
    pool.holdings.free(holding);
    goOn(pool, holding, now);
  }
  serve(pool, now);
}

/** Of the fleet, since its limit is the fleet's, and what holds is what its instances agree on. */
function inFleet({ needs, news, running }: PoolState): Pick<EndedCall, 'inFlight' | 'limit'> {
  if (needs.store.kind !== 'there' || news.newest === 0) return { inFlight: running };
  return { inFlight: Math.max(news.inUse, running), limit: news.limit };
}

function measure(pool: PoolState, before: AdaptiveLimit, call: EndedCall, now: number): void {
  const after = observe(before, call, now);
  pool.measured = after;
  if (limitOf(after) !== limitOf(before)) pool.needs.askSoon(pool);
}

function goOn(pool: PoolState, holding: Holding, now: number): void {
  if (holding.isOwn || !pool.holdings.isReusable(holding, now) || isOwed(pool, now)) return putBack(pool, holding);
  if (isTooMany(pool)) return putBack(pool, holding);
  const waiter = nextOf(pool, now);
  if (!waiter) return putAway(pool, holding, now);
  countIsBehind(pool, now);
  hand(pool, waiter, holding, now);
}

/** The limit went down, and more than that are out: each that comes back is one less. */
function isTooMany(pool: PoolState): boolean {
  const { news, needs } = pool;
  if (needs.store.kind !== 'there' || news.inUse <= news.limit) return false;
  pool.news = { ...news, inUse: news.inUse - 1 };
  return true;
}

/** Somebody elsewhere comes first. */
function isOwed(pool: PoolState, now: number): boolean {
  const { othersHead } = pool.news;
  if (othersHead === undefined || pool.needs.store.kind !== 'there') return false;
  const head = pool.line.head(now);
  return head === undefined || head > othersHead;
}

/** Nobody here wants it now. A few are kept for the next call, where nobody else waits. */
function putAway(pool: PoolState, holding: Holding, now: number): void {
  const { holdings, needs, news } = pool;
  const isWanted = needs.store.kind === 'there' && (news.othersHead !== undefined || holdings.kept >= keptMost(pool));
  if (holding.isOwn || isWanted) return putBack(pool, holding);
  holdings.keep(holding, now);
  wakeBy(pool, now + keepMs(pool.rules));
}

function putBack(pool: PoolState, holding: Holding): void {
  if (holding.isOwn) return pool.holdings.drop(holding);
  pool.holdings.giveBack(holding);
  pool.needs.askSoon(pool);
}
