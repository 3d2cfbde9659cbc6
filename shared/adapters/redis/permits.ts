import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import type { PermitAnswer, Permits, PermitWish, PoolUse } from '../../ports/index.ts';
import type { RedisLink } from './connect.ts';
import { askPermits, listPools, readPool, showUp } from './permits-script.ts';
import { createServerTime } from './server-time.ts';

const instancesKey = 'breakwater:{permits}:instances';
const poolsKey = 'breakwater:{permits}:pools';

/** An instance says so often that it is there, and is counted for so long. Long, since a count that is too small is what exceeds a limit. */
const showUpEveryMs = 1_000;
const isThereMs = 60_000;

/** What takes longer was given up by whoever asked. */
const doneWithinMs = 1_000;

/** Permits in Redis: one script for each pool that is asked for, and all of them in one trip. */
export function createRedisPermits(link: RedisLink, clock: Clock): Permits {
  const serverTime = createServerTime();
  const presences = new Map<string, Presence>();

  function presenceOf(instance: string): Presence {
    const known = presences.get(instance) ?? {
      shownAt: Number.NEGATIVE_INFINITY,
      pools: new Set(),
      count: 1,
      place: 0,
    };
    presences.set(instance, known);
    return known;
  }

  /** Once more where the server's clock was set meanwhile. */
  async function askOne(instance: string, wish: PermitWish): Promise<AskFields> {
    for (let tries = 1; ; tries++) {
      const sentAt = clock.now();
      const words = wordsOf(instance, wish, serverTime.timeAt(sentAt) + doneWithinMs);
      const answer = (await link.run(askPermits, keysOf(wish.pool), words)) as AskFields | Late;
      const now = clock.now();
      if (answer[0] !== 'late') {
        serverTime.learn(answer[10], sentAt, now);
        return answer as AskFields;
      }
      serverTime.learnAnew(answer[1], sentAt, now);
      if (tries > 1) throw new CodedError('redis_unavailable', 'Redis came to what it was asked too late');
    }
  }

  async function show(instance: string, presence: Presence, now: number): Promise<void> {
    if (now - presence.shownAt < showUpEveryMs) return;
    presence.shownAt = now;
    const pools = [...presence.pools];
    presence.pools.clear();
    try {
      const answer = await link.run(showUp, [instancesKey, poolsKey], [instance, isThereMs, ...pools]);
      [presence.count, presence.place] = answer as [number, number];
    } catch (thrown) {
      presence.shownAt = Number.NEGATIVE_INFINITY;
      throw thrown;
    }
  }

  return {
    async ask(instance, wishes) {
      const sentAt = clock.now();
      const presence = presenceOf(instance);
      for (const { pool } of wishes) presence.pools.add(pool);
      const [answers] = await Promise.all([
        Promise.all(wishes.map((wish) => askOne(instance, wish))),
        show(instance, presence, sentAt),
      ]);
      return answers.map((fields, index) => answerOf(wishes[index]!.pool, fields, presence));
    },

    async readAll() {
      const names = (await link.run(listPools, [poolsKey], [])) as string[];
      const uses = await Promise.all(
        names.map(async (pool) => ({ pool, use: await link.run(readPool, keysOf(pool), []) })),
      );
      return uses.flatMap(({ pool, use }) => (use === null ? [] : useOf(pool, use as readonly number[])));
    },

    watch(instance, on) {
      const stops = [
        link.subscribe(
          `breakwater:permits:to:${instance}`,
          (text) => {
            const [at, leaseMs, pool, ...numbers] = text.split(' ');
            const leftMs = serverTime.leftOf(Number(at), Number(leaseMs), clock.now());
            on.onGrant(decodeURIComponent(pool!), numbers.map(Number), leftMs);
          },
          on.onDoubt,
        ),
        link.subscribe('breakwater:permits:wanted', (text) => {
          const [headMs, pool] = text.split(' ');
          on.onWanted(decodeURIComponent(pool!), Number(headMs));
        }),
        link.onState((isUp, because = 'Redis is away') => (isUp ? on.onDoubt() : on.onAway(because))),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

interface Presence {
  shownAt: number;
  /** That were asked for since. */
  readonly pools: Set<string>;
  count: number;
  place: number;
}

/** Of a server that was stopped: what it finds when it goes on was given up long ago. */
type Late = readonly ['late', at: number];

/** As the script answers. */
type AskFields = readonly [
  granted: readonly number[],
  held: readonly number[],
  rejected: number,
  limit: number,
  inUse: number,
  depth: number,
  othersHeadMs: number | null,
  nextFreeMs: number | null,
  newest: number,
  warmingMs: number,
  at: number,
];

function keysOf(pool: string): readonly string[] {
  const tag = `breakwater:{p/${pool}}`;
  return [tag, `${tag}:leases`, `${tag}:line`, `${tag}:seen`];
}

/** The name goes into messages, whose words are parted by blanks. */
function wordsOf(instance: string, wish: PermitWish, notAfter: number): (string | number)[] {
  const { released, renewed, adopted } = wish;
  const limit = wish.isMeasured ? `${wish.limit}m` : wish.limit;
  const numbers = [wish.queueMost, wish.leaseMs, wish.newest, wish.wanted, wish.waiting, wish.spare];
  const lists = [released, renewed, adopted].flatMap((list) => [list.length, ...list]);
  const name = encodeURIComponent(wish.pool);
  return [instance, limit, ...numbers, wish.headMs ?? 0, name, Number(wish.wasAway), notAfter, ...lists];
}

function answerOf(pool: string, fields: AskFields, { count, place }: Presence): PermitAnswer {
  const [granted, held, rejected, limit, inUse, depth, othersHeadMs, nextFreeMs, newest, warmingMs] = fields;
  return {
    pool,
    granted,
    held,
    rejected,
    limit,
    inUse,
    depth,
    newest,
    warmingMs,
    instances: count,
    place,
    ...(othersHeadMs !== null && { othersHeadMs }),
    ...(nextFreeMs !== null && { nextFreeMs }),
  };
}

function useOf(pool: string, [limit, queueMost, inUse, depth, instances]: readonly number[]): PoolUse {
  return { pool, limit: limit!, queueMost: queueMost!, inUse: inUse!, depth: depth!, instances: instances! };
}
