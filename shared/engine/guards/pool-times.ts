import { lose } from './pool-asking.ts';
import { serve } from './pool-permits.ts';
import {
  askAgainMs,
  behindMs,
  isSurelyAway,
  keepMs,
  ownSince,
  ownUntil,
  type PoolState,
  shareNow,
  wakeBy,
} from './pool-state.ts';

/** What time brings about in a pool: leases that end or are to be renewed, waiters that are late, kept permits that nobody used. */
export function lookAtPool(pool: PoolState): void {
  const now = pool.needs.clock.now();
  pool.dueAt = Number.POSITIVE_INFINITY;
  pool.line.dropLate(now);
  endLeases(pool, now);
  pool.holdings.giveBackKept(now - keepMs(pool.rules));
  serve(pool, now);
  pool.holdings.leasedUntil(now - pool.rules.leaseMs / 3);
  if (nextAsk(pool, now) <= now) pool.needs.askSoon(pool);
  else planLook(pool, now);
}

/** Has it looked at when something is due next. */
export function planLook(pool: PoolState, now: number): void {
  const next = nextLook(pool, now);
  if (next !== Number.POSITIVE_INFINITY) wakeBy(pool, next);
}

/** What ran out is lost, except for this instance's share when the store went while it was held. */
export function endLeases(pool: PoolState, now: number): void {
  const { holdings, rules } = pool;
  for (const holding of holdings.own()) if (holding.until <= now) lose(holdings, holding, now);
  for (const holding of holdings.leasedUntil(now - rules.leaseMs)) {
    if (holding.until > now || !holding.user) continue;
    if (isSurelyAway(pool, now) && holdings.ownInUse < shareNow(pool)) holdings.makeOwn(holding, ownUntil(pool));
    else lose(holdings, holding, now);
  }
}

/** When the store is to be asked next, if nothing happens before. */
function nextAsk(pool: PoolState, now: number): number {
  const { needs, holdings, line, rules, askedAt, news } = pool;
  if (needs.store.kind === 'none' || needs.store.isAsking) return Number.POSITIVE_INFINITY;
  if (needs.store.kind === 'away') return needs.store.triedAt + askAgainMs(pool);
  if (holdings.hasReleased || holdings.ownInUse > 0) return now;
  const renewAt = holdings.leasedSince + rules.leaseMs / 3;
  const tellAt = pool.isCountBehind ? askedAt + behindMs : Number.POSITIVE_INFINITY;
  if (line.depth === 0) return Math.min(renewAt, tellAt);
  const warmAt = news.warmUntil > askedAt ? news.warmUntil : Number.POSITIVE_INFINITY;
  const freeAt = (news.nextFreeAt ?? Number.POSITIVE_INFINITY) + 1;
  return Math.min(renewAt, tellAt, askedAt + rules.leaseMs / 3, warmAt, freeAt);
}

function nextLook(pool: PoolState, now: number): number {
  const { needs, holdings, line, rules } = pool;
  return Math.min(
    nextAsk(pool, now),
    line.nextDeadline() ?? Number.POSITIVE_INFINITY,
    holdings.leasedSince + rules.leaseMs,
    holdings.ownInUse > 0 ? ownUntil(pool) : Number.POSITIVE_INFINITY,
    (holdings.keptSince ?? Number.POSITIVE_INFINITY) + keepMs(rules),
    needs.store.kind === 'away' && line.depth > 0 && now < ownSince(pool) ? ownSince(pool) : Number.POSITIVE_INFINITY,
  );
}
