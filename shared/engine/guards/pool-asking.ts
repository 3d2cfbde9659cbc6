import { rankOf } from '../../policy/bulkhead/index.ts';
import type { PermitAnswer, PermitWish } from '../../ports/index.ts';
import type { Holding } from './bulkhead-permit.ts';
import { rejectPending } from './pool-line.ts';
import { serve, takeGrant } from './pool-permits.ts';
import { keptMost, ownLimit, ownUntil, type Pending, type PoolState, shareNow } from './pool-state.ts';

/** What a pool tells the store and hears of it. */

export function wishOf(pool: PoolState, now: number): PermitWish {
  const { name, rules, line, holdings, news, fresh } = pool;
  line.dropLate(now);
  pool.asked = fresh.filter(({ waiter }) => waiter?.isWaiting);
  pool.fresh = [];
  const isBack = pool.needs.store.kind === 'away';
  if (isBack) holdings.giveBackKept(now);
  const isWhole = isBack || pool.tellAll;
  const renewed = renewedOf(pool, now, isWhole);
  const adopted = holdings
    .own()
    .filter(({ until }) => until > now)
    .map(({ first }) => first);
  pool.underWay = { sentAt: now, leaseMs: rules.leaseMs, told: [...renewed, ...adopted], isWhole };
  pool.askedAt = now;
  pool.isCountBehind = false;
  pool.tellAll = false;
  const wanted = pool.asked.length;
  const head = line.head(now);
  return {
    pool: name,
    limit: ownLimit(pool),
    isMeasured: pool.measured !== undefined,
    queueMost: rules.queueMost,
    leaseMs: rules.leaseMs,
    released: holdings.takeReleased(),
    renewed,
    adopted,
    newest: news.newest,
    wanted,
    waiting: line.depth - wanted,
    wasAway: isBack,
    spare: line.depth > 0 ? 0 : Math.min(pool.spare, keptMost(pool)),
    ...(head !== undefined && { headMs: head - now }),
  };
}

/**
 * Leases that a third has passed of. Of a store that was away all are told, since it may have come back empty; and when it was away for long,
 * others may have begun to use their shares, so what is beyond this instance's share is not held on to.
 */
function renewedOf(pool: PoolState, now: number, isWhole: boolean): readonly number[] {
  const { needs, rules, holdings } = pool;
  const leasedAt = isWhole ? now : now - rules.leaseMs / 3;
  const due = holdings.leasedUntil(leasedAt).filter(({ until }) => until > now);
  const { kind, awaySince } = needs.store;
  if (kind === 'away' && now - awaySince > rules.leaseMs / 2) pool.shareUntil = now + rules.leaseMs / 2;
  const most = now < pool.shareUntil ? shareNow(pool) - (holdings.size - due.length) : due.length;
  return due.slice(0, Math.max(0, most)).map(({ first }) => first);
}

export function hear(pool: PoolState, answer: PermitAnswer, now: number): void {
  const { sentAt, leaseMs, told, isWhole } = pool.underWay!;
  pool.underWay = undefined;
  pool.holdings.released();
  hearNews(pool, answer, now);
  hearLeases(pool, told, new Set(answer.held), sentAt, sentAt + leaseMs, now);
  const late = pool.asked.filter(({ waiter }) => !waiter!.isWaiting).length;
  for (const number of answer.granted)
    if (!pool.holdings.knows(number)) takeGrant(pool, number, sentAt, sentAt + leaseMs, now);
  rejectLast(pool, answer.rejected - late, now);
  pool.asked = [];
  pool.spare = 0;
  if (answer.othersHeadMs !== undefined) pool.holdings.giveBackKept(now);
  if (answer.warmingMs > 0 && !isWhole) pool.tellAll = true;
  if (pool.holdings.hasReleased || pool.tellAll) pool.needs.askSoon(pool);
  serve(pool, now);
}

function hearNews(pool: PoolState, answer: PermitAnswer, now: number): void {
  const { limit, inUse, depth, newest, othersHeadMs, nextFreeMs, warmingMs } = answer;
  pool.news = {
    limit,
    inUse,
    depth,
    newest,
    othersHead: othersHeadMs === undefined ? undefined : now + othersHeadMs,
    nextFreeAt: nextFreeMs === undefined ? undefined : now + nextFreeMs,
    warmUntil: now + warmingMs,
  };
}

function hearLeases(
  { holdings }: PoolState,
  told: readonly number[],
  held: ReadonlySet<number>,
  sentAt: number,
  until: number,
  now: number,
): void {
  for (const number of told) {
    const holding = holdings.get(number);
    if (holding && held.has(number)) holdings.lease(holding, sentAt, until);
    else if (holding) lose(holdings, holding, now);
    // Adopted, and released while the answer was on its way.
    else if (held.has(number) && !holdings.knows(number)) holdings.giveBackNumber(number);
  }
}

/** Its lease has run out: somebody else may have the permit now. */
export function lose(holdings: PoolState['holdings'], holding: Holding, now: number): void {
  const { user } = holding;
  if (user) holdings.free(holding);
  holdings.drop(holding);
  user?.lose(now);
}

/** Of those that were asked for just now. All others are accepted. */
function rejectLast(pool: PoolState, count: number, now: number): void {
  if (count <= 0) return;
  const rank = ({ waiter }: Pending) => rankOf(waiter!.arrival, waiter!.priority, pool.rules.ageMs);
  const waiting = pool.asked.filter(({ waiter }) => waiter!.isWaiting).sort((a, b) => rank(b) - rank(a));
  for (const pending of waiting.slice(0, count)) {
    pool.line.leave(pending.waiter!);
    rejectPending(pool, pending, 'queue_full', now);
  }
}

/** The wish may have been done or not: all of it is told again. Who was about to be accepted has waited long enough to be. */
export function askFailed(pool: PoolState): void {
  pool.underWay = undefined;
  pool.asked = [];
  pool.holdings.notReleased();
}

/** The store was found away: what is this instance's own goes on. */
export function holdOwn(pool: PoolState, now: number): void {
  for (const holding of pool.holdings.own()) if (holding.until > now) pool.holdings.makeOwn(holding, ownUntil(pool));
}

/** Told by the store, without being asked. What was given up to its last answer is known by that. */
export function hearGrant(pool: PoolState, numbers: readonly number[], leftMs: number, now: number): void {
  const until = now + leftMs;
  for (const number of numbers)
    if (number > pool.news.newest && !pool.holdings.knows(number))
      takeGrant(pool, number, until - pool.rules.leaseMs, until, now);
}

export function hearWanted(pool: PoolState, headMs: number, now: number): void {
  const othersHead = Math.min(pool.news.othersHead ?? Number.POSITIVE_INFINITY, now + headMs);
  pool.news = { ...pool.news, othersHead };
  pool.holdings.giveBackKept(now);
  if (pool.holdings.hasReleased) pool.needs.askSoon(pool);
}
