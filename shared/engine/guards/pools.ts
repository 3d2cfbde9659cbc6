import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { PriorityClass } from '../../policy/bulkhead/index.ts';
import type { BulkheadHandle } from './bulkhead-handle.ts';
import type { Bulkheads } from './bulkheads.ts';

/** The bulkheads as the engine's flows ask them: by the name that a node gives. */
export interface Pools {
  /** Of those that somebody has made known, in order. */
  names(): readonly string[];
  /** Asked within a commit, so without a wait: whether it is of no use now to claim a node for the pool. */
  full(pool: string): FullPool | undefined;
  /** Waits for a permit until `deadline` at most. Never rejects. */
  enter(pool: string, wish: PoolWish): Promise<PoolPermit | PoolRefusal>;
}

export interface PoolWish {
  readonly jobId: string;
  /** 0 to 9, as jobs have it. */
  readonly priority: number;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

export interface FullPool {
  readonly limit: number;
  readonly depth: number;
  readonly retryAt: number;
}

export interface PoolPermit {
  readonly kind: 'permit';
  release(): void;
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

export function createPools({ bulkheads, configured, clock, random }: PoolsNeeds): Pools {
  /** How many were sent away since the pool was not full. */
  const sentAway = new Map<string, number>();

  function find(pool: string): BulkheadHandle | undefined {
    const known = bulkheads.get(pool);
    if (known || !configured().some(({ name }) => name === pool)) return known;
    return bulkheads.bulkhead(pool);
  }

  return {
    names: () => [...new Set([...bulkheads.names(), ...configured().map(({ name }) => name)])].sort(),
    full(pool) {
      const full = find(pool)?.full();
      if (!full) {
        sentAway.delete(pool);
        return undefined;
      }
      const before = sentAway.get(pool) ?? 0;
      sentAway.set(pool, before + 1);
      return { ...full, retryAt: full.retryAt + spreadMs(full, before) * random.next() };
    },
    async enter(pool, { jobId, priority, deadline, signal }) {
      const handle = find(pool);
      // Whoever took it away meanwhile wants no limit there.
      if (!handle) return { kind: 'permit', release() {} };
      const wish = { tenant: jobId, priority: classOf(priority), deadlineAt: deadline, signal };
      const permit = await handle.acquire(wish);
      return permit.kind === 'permit' ? permit : { kind: 'refused' };
    },
  };

  /** Who was sent away behind many others comes back behind them: as long as those who wait now will take, for as many again. */
  function spreadMs({ limit, depth, retryAt }: FullPool, before: number): number {
    return (Math.max(1, retryAt - clock.now()) * before) / Math.max(1, limit + depth);
  }
}

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
  enter: () => Promise.resolve({ kind: 'permit', release() {} }),
};
