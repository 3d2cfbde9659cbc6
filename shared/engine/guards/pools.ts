import type { Clock } from '../../core/clock.ts';
import { Heap, type HeapItem } from '../../core/heap.ts';
import type { Random } from '../../core/random.ts';
import { type PriorityClass, priorityClasses } from '../../policy/bulkhead/index.ts';
import type { BulkheadHandle } from './bulkhead-handle.ts';
import type { Bulkheads } from './bulkheads.ts';

/** The bulkheads as the engine's flows ask them: by the name that a node gives. */
export interface Pools {
  /** Of those that somebody has made known, in order. */
  names(): readonly string[];
  /** Asked within a commit, so without a wait: whether it is of no use now to claim a node for the pool. */
  full(pool: string): FullPool | undefined;
  /** Somebody is let through to it, and will enter soon: counted by `full` until then, for some seconds at most. */
  expect(pool: string): Place;
  /** Waits for a permit until `giveUpAt` at most. Never rejects. */
  enter(pool: string, wish: PoolWish): Promise<PoolPermit | PoolRefusal>;
}

export interface Place {
  /** It has come, or comes no more. A second time is no harm. */
  leave(): void;
}

export interface PoolWish {
  readonly jobId: string;
  /** 0 to 9, as jobs have it. */
  readonly priority: number;
  /** Since when it could have run: it has aged since then, also where it was sent away and comes again. */
  readonly readyAt: number;
  /** The end of the wait, and not of the call. */
  readonly giveUpAt: number;
  readonly signal: AbortSignal;
}

export interface FullPool {
  readonly limit: number;
  readonly depth: number;
  readonly retryAt: number;
}

export interface PoolPermit {
  readonly kind: 'permit';
  /** `dropped`: its target was too busy for the call. */
  release(dropped?: boolean): void;
}

export interface PoolRefusal {
  readonly kind: 'refused';
}

export interface PoolsNeeds {
  readonly bulkheads: Pick<Bulkheads, 'bulkhead' | 'get' | 'names'>;
  /** Those that operators have made. */
  configured(): readonly { readonly name: string }[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Between a claim and its call lies a commit. What takes longer is not waited for. */
const expectedMs = 5_000;

/** To be sent away and to come again are two commits. */
const awayMsLeast = 200;

export function createPools({ bulkheads, configured, clock, random }: PoolsNeeds): Pools {
  /** By pool, those who were sent away and are not to come yet. */
  const away = new Map<string, Heap<Away>>();
  /** By pool, those who are let through, with the time of that. */
  const coming = new Map<string, Map<Place, number>>();

  function comingTo(pool: string): number {
    const places = coming.get(pool);
    if (!places) return 0;
    for (const [place, at] of places) {
      if (clock.now() - at < expectedMs) break;
      places.delete(place);
    }
    return places.size;
  }

  function find(pool: string): BulkheadHandle | undefined {
    const known = bulkheads.get(pool);
    if (known || !configured().some(({ name }) => name === pool)) return known;
    return bulkheads.bulkhead(pool);
  }

  return {
    names: () => [...new Set([...bulkheads.names(), ...configured().map(({ name }) => name)])].sort(),
    full(pool) {
      const full = find(pool)?.full(comingTo(pool));
      return full && { ...full, retryAt: sendAway(pool, full) };
    },
    expect(pool) {
      const places = coming.get(pool) ?? new Map<Place, number>();
      coming.set(pool, places);
      const place: Place = { leave: () => void places.delete(place) };
      places.set(place, clock.now());
      return place;
    },
    async enter(pool, wish) {
      const handle = find(pool);
      // Whoever took it away meanwhile wants no limit there.
      if (!handle) return { kind: 'permit', release() {} };
      const wait = patience(wish);
      const permit = await handle.acquire({
        tenant: wish.jobId,
        priority: agedClassOf(wish, handle.ageMs),
        signal: wait.signal,
      });
      wait.end();
      return permit.kind === 'permit' ? permit : { kind: 'refused' };
    },
  };

  /** No deadline of the call, which would be held against the time that calls take. */
  function patience({ giveUpAt, signal }: PoolWish): { readonly signal: AbortSignal; end(): void } {
    const over = new AbortController();
    const end = () => over.abort();
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    const ended = new AbortController();
    void clock.sleep(giveUpAt - clock.now(), ended.signal).then(end);
    return {
      signal: over.signal,
      end() {
        signal.removeEventListener('abort', end);
        ended.abort();
      },
    };
  }

  /** A class higher for each `ageMs` that it has been ready, as if it had waited in the line all the time. */
  function agedClassOf({ priority, readyAt }: PoolWish, ageMs: number): PriorityClass {
    const higher = ageMs > 0 ? Math.floor((clock.now() - readyAt) / ageMs) : 0;
    return priorityClasses[Math.max(0, priorityClasses.indexOf(classOf(priority)) - higher)]!;
  }

  /**
   * When who is sent away comes again: at random, and the later the more are away. They come at twice the rate at which they can be served, so the line does
   * not run dry. None is kept away for much longer than the line takes, since of the others some may never come.
   */
  function sendAway(pool: string, { limit, depth, retryAt }: FullPool): number {
    const now = clock.now();
    const ms = Math.max(awayMsLeast, retryAt - now);
    const others = away.get(pool) ?? new Heap<Away>((one, other) => one.until < other.until);
    away.set(pool, others);
    while ((others.peek()?.until ?? Infinity) <= now) others.pop();
    const lines = Math.min(linesMost, others.size / Math.max(1, limit + depth));
    const until = now + ms * (1 + lines * random.next());
    others.put({ until, place: -1 });
    return until;
  }
}

interface Away extends HeapItem {
  readonly until: number;
}

const linesMost = 8;

/** Of a job's ten priorities, 5 being the usual one. */
function classOf(priority: number): PriorityClass {
  if (priority >= 8) return 'critical';
  if (priority >= 6) return 'high';
  return priority >= 3 ? 'normal' : 'low';
}

/** Of an engine that has none: a job that names one is refused at submit. */
export const noPools: Pools = {
  names: () => [],
  full: () => undefined,
  expect: () => ({ leave() {} }),
  enter: () => Promise.resolve({ kind: 'permit', release() {} }),
};
