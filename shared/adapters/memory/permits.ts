import type { Clock } from '../../core/clock.ts';
import { bulkheadLimits } from '../../policy/bulkhead/index.ts';
import type { PermitAnswer, PermitEars, Permits, PermitWish } from '../../ports/index.ts';
import { agreedLimit, createPool, forgetSilent, type Member, type Pool, removeSome } from './permit-pool.ts';

/** Permits that instances of one process share. */
export function createMemoryPermits(clock: Clock): Permits {
  const pools = new Map<string, Pool>();
  const ears = new Map<string, PermitEars>();
  const instances = new Map<string, number>();

  function poolOf({ pool: name, newest, wasAway, leaseMs }: PermitWish, now: number): Pool {
    // Somebody knew it, so what it gave was lost with another process.
    const pool = pools.get(name) ?? createPool(wasAway || newest > 0 ? now + leaseMs : 0);
    pools.set(name, pool);
    return pool;
  }

  /** Nobody hears of it within the call of another one. */
  function tell(instance: string, what: (ear: PermitEars) => void): void {
    const ear = ears.get(instance);
    if (ear) queueMicrotask(() => ears.get(instance) === ear && what(ear));
  }

  function tellGrants(wish: PermitWish, given: ReadonlyMap<string, readonly number[]>, now: number): void {
    for (const [instance, numbers] of given)
      tell(instance, (ear) => ear.onGrant(wish.pool, numbers, now + wish.leaseMs - clock.now()));
  }

  function answer(instance: string, wish: PermitWish): PermitAnswer {
    const now = clock.now();
    const pool = poolOf(wish, now);
    if (wish.wasAway && now - pool.askedAt >= wish.leaseMs / 2)
      pool.warmUntil = Math.max(pool.warmUntil, now + wish.leaseMs / 2);
    pool.askedAt = now;
    const me = arrive(pool, instance, wish, now);
    const held = settle(pool, instance, wish, now);
    const granted = tellAgain(pool, me, instance, wish, now);
    const before = firstOf(pool);
    me.count = wish.waiting + wish.wanted;
    me.head = now + (wish.headMs ?? 0);
    const { head, count } = me;
    const given = handOver(pool, wish, now);
    const toMe = given.get(instance) ?? [];
    given.delete(instance);
    if (!isWarming(pool, now) && !firstOf(pool)) giveSpare(pool, me, instance, wish, now, toMe);
    const rejected = bound(pool, me, wish);
    tellGrants(wish, given, now);
    const isNews = before === undefined || head < before.head - 5;
    if (count > 0 && me.count > 0 && isNews)
      for (const other of ears.keys()) tell(other, (ear) => ear.onWanted(wish.pool, wish.headMs ?? 0));
    return {
      ...told(pool, me, wish, now),
      granted: [...granted, ...toMe],
      held,
      rejected,
      ...presence(instance, now, wish),
    };
  }

  function presence(instance: string, now: number, { leaseMs }: PermitWish) {
    instances.set(instance, now + Math.max(leaseMs, 60_000));
    for (const [other, until] of instances) if (until <= now) instances.delete(other);
    return { instances: instances.size, place: [...instances.keys()].filter((other) => other < instance).length };
  }

  return {
    ask: async (instance, wishes) => wishes.map((wish) => answer(instance, wish)),
    async readAll() {
      const now = clock.now();
      return [...pools].map(([pool, { limit, queueMost, leases, members }]) => ({
        pool,
        limit,
        queueMost,
        inUse: [...leases.values()].filter((lease) => lease.until > now).length,
        depth: depthOf(members.values()),
        instances: [...members.values()].filter(({ silentAt }) => silentAt > now).length,
      }));
    },
    watch(instance, on) {
      ears.set(instance, on);
      tell(instance, (ear) => ear.onDoubt());
      return () => {
        if (ears.get(instance) === on) ears.delete(instance);
      };
    },
  };
}

/** Who is silent or late is gone, this one is not, and the limit is what all of them say. */
function arrive(pool: Pool, instance: string, wish: PermitWish, now: number): Member {
  removeSome(pool.leases, ({ until }) => until <= now);
  forgetSilent(pool, instance, now);
  const me = pool.members.get(instance) ?? { count: 0, head: 0, limit: 0, isMeasured: false, silentAt: 0, untold: [] };
  pool.members.set(instance, me);
  me.limit = wish.limit;
  me.isMeasured = wish.isMeasured;
  me.silentAt = now + wish.leaseMs;
  pool.limit = agreedLimit(pool);
  pool.queueMost = wish.queueMost;
  pool.newest = Math.max(pool.newest, wish.newest);
  return me;
}

function settle(pool: Pool, owner: string, wish: PermitWish, now: number): readonly number[] {
  const until = now + wish.leaseMs;
  const keyOf = (number: number) => `${owner}|${number}`;
  for (const number of wish.released) pool.leases.delete(keyOf(number));
  const renewed = wish.renewed.filter((number) => isWarming(pool, now) || pool.leases.has(keyOf(number)));
  const held = [...renewed, ...wish.adopted];
  for (const number of held) pool.leases.set(keyOf(number), { until });
  pool.newest = Math.max(pool.newest, ...wish.adopted);
  return held;
}

function tellAgain(pool: Pool, me: Member, owner: string, wish: PermitWish, now: number): readonly number[] {
  me.untold = me.untold.filter((number) => number > wish.newest && pool.leases.has(`${owner}|${number}`));
  for (const number of me.untold) pool.leases.set(`${owner}|${number}`, { until: now + wish.leaseMs });
  return [...me.untold];
}

/** To the least rank, as long as there are permits; of who gets several the further ranks are taken to be spread evenly from its first one to now. */
function handOver(pool: Pool, wish: PermitWish, now: number): Map<string, number[]> {
  const given = new Map<string, number[]>();
  while (!isWarming(pool, now) && pool.leases.size < pool.limit) {
    const first = firstOf(pool);
    if (!first) break;
    const member = pool.members.get(first.instance)!;
    const numbers = given.get(first.instance) ?? [];
    given.set(first.instance, [...numbers, give(pool, member, first.instance, wish, now)]);
    member.head += Math.max(0, now - member.head) / member.count;
    member.count--;
  }
  return given;
}

function giveSpare(pool: Pool, me: Member, owner: string, wish: PermitWish, now: number, toMe: number[]): void {
  const most = Math.min(wish.spare, pool.limit - pool.leases.size);
  for (let more = 0; more < most; more++) toMe.push(give(pool, me, owner, wish, now));
}

function give(pool: Pool, member: Member, owner: string, { leaseMs }: PermitWish, now: number): number {
  pool.newest = Math.max(pool.newest + bulkheadLimits.usesPerPermit, Math.floor(now * bulkheadLimits.numbersPerMs));
  pool.leases.set(`${owner}|${pool.newest}`, { until: now + leaseMs });
  member.untold.push(pool.newest);
  return pool.newest;
}

function bound(pool: Pool, me: Member, { waiting, queueMost }: PermitWish): number {
  const others = depthOf(pool.members.values()) - me.count;
  const accepted = Math.min(me.count, Math.max(waiting, queueMost - others, 0));
  const rejected = me.count - accepted;
  me.count = accepted;
  return rejected;
}

function told(pool: Pool, me: Member, { pool: name }: PermitWish, now: number) {
  const others = firstOf(pool, me);
  const nextEnd = Math.min(...[...pool.leases.values()].map(({ until }) => until));
  return {
    pool: name,
    limit: pool.limit,
    inUse: pool.leases.size,
    depth: depthOf(pool.members.values()),
    ...(others && { othersHeadMs: others.head - now }),
    ...(me.count > 0 && Number.isFinite(nextEnd) && { nextFreeMs: nextEnd - now }),
    newest: pool.newest,
    warmingMs: Math.max(0, pool.warmUntil - now),
  };
}

function firstOf(pool: Pool, except?: Member): { readonly instance: string; readonly head: number } | undefined {
  let first: { readonly instance: string; readonly head: number } | undefined;
  for (const [instance, member] of pool.members)
    if (member.count > 0 && member !== except && (!first || member.head < first.head))
      first = { instance, head: member.head };
  return first;
}

function depthOf(members: Iterable<Member>): number {
  let depth = 0;
  for (const { count } of members) depth += count;
  return depth;
}

function isWarming({ warmUntil }: Pool, now: number): boolean {
  return warmUntil > now;
}
