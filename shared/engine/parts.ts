import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { limits, periods } from '../jobs/index.ts';
import { type BreakerRules, defaultBreakerRules } from '../policy/breaker/index.ts';
import { type BudgetRules, defaultBudgetRules } from '../policy/budget/index.ts';
import type {
  Batches,
  HttpCaller,
  JobStore,
  NodeQueue,
  NodeSource,
  Parcels,
  Recoveries,
  TargetCounts,
  Timers,
  TopicPublisher,
} from '../ports/index.ts';
import type { Breakers } from './breakers.ts';
import type { Pools } from './guards/pools.ts';

/** The guards as the engine's flows ask them. */
export interface EngineGuards {
  readonly breakers: Breakers;
  /** Whether somebody has configured the target's breaker, or decided on it: then it is for all who call the target. */
  isForAll(target: string): boolean;
  readonly pools: Pools;
}

/** What wiring gives the engine of the world. */
export interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: JobStore;
  readonly batches: Batches;
  /** What the store's commits have written of recovery sessions. */
  readonly recoveries: Recoveries;
  readonly queue: NodeQueue;
  /** Absent in an engine that is brought its work. */
  readonly source?: NodeSource;
  /** Absent where an engine has its store for itself and nobody could be met at a job. */
  readonly parcels?: Parcels;
  /** What the whole fleet has counted of its targets. */
  readonly counts: TargetCounts;
  readonly timers: Timers;
  /** What this engine shares with its fleet of breakers and bulkheads; without them it has breakers of its own and no bulkheads. */
  readonly guards?: EngineGuards;
  readonly http: HttpCaller;
  readonly topics: TopicPublisher;
  /** For what nobody waits for: a bug, or a failure that the sweep will mend. */
  report(error: unknown, context: string): void;
}

export interface EngineOptions {
  /** Attempts under way at once in this process; 1,024 unless said: most of them only wait for an answer. */
  readonly concurrency?: number;
  /** How long a claim lasts without a sign of life; 30,000 ms unless said. Renewed at a third of it. */
  readonly leaseMs?: number;
  /** How often the sweep looks for jobs whose check is due; 5,000 ms unless said. */
  readonly sweepMs?: number;
  /** After this the message of a ready node counts as lost, and it is published again; 5,000 ms unless said. */
  readonly requeueMs?: number;
  /** Jobs that a sweep takes at most in one round; 500 unless said. */
  readonly sweepBatch?: number;
  /** The store can have no other engine, so that every lease of another owner is a dead one. False unless said. */
  readonly alone?: boolean;
  /**
   * The process has the CPU only while it is asked something: nothing runs by itself, and work is done through `invocations`. False
   * unless said.
   */
  readonly invoked?: boolean;
  /** Nodes that are handed out together where several engines share the store; 100 unless said. */
  readonly nodesPerParcel?: number;
  /** Nodes of one job that an invoked engine takes on at once; what is more goes out by message. 100 unless said. */
  readonly nodesPerVisit?: number;
  /** Jobs kept in memory between commits; 10,000 unless said. */
  readonly jobsInMemory?: number;
  /** About how much memory those jobs may take; 128 MiB unless said. */
  readonly bytesInMemory?: number;
  /** Milliseconds over which a failing store is tried again before the caller hears of it; 10,000 unless said. */
  readonly storePatienceMs?: number;
  /** Retries at a target, over the last minute and the whole fleet: at most a fifth of its first attempts, or 10 a second, unless said. */
  readonly retryBudget?: BudgetRules;
  /** When targets are left alone by nodes whose strategy is `circuit_breaker`; after five failures in a row for 30 s unless said. */
  readonly breakerRules?: BreakerRules;
}

export type Settings = Required<EngineOptions> & { readonly owner: string };

export function settingsOf(options: EngineOptions, owner: string): Settings {
  return {
    concurrency: 1_024,
    leaseMs: 30_000,
    sweepMs: 5_000,
    requeueMs: periods.requeue,
    sweepBatch: 500,
    alone: false,
    invoked: false,
    nodesPerVisit: limits.nodesPerParcel,
    nodesPerParcel: limits.nodesPerParcel,
    jobsInMemory: 10_000,
    bytesInMemory: 128 * 1024 * 1024,
    storePatienceMs: 10_000,
    retryBudget: defaultBudgetRules,
    breakerRules: defaultBreakerRules,
    ...options,
    owner,
  };
}
