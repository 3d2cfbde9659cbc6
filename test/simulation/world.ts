import type { Random } from '../../shared/core/random.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { ItemSpec, NodeSpec } from '../../shared/jobs/index.ts';
import type { Batches, Parcels, Recoveries, TargetCounts } from '../../shared/ports/index.ts';
import type { EngineProcess } from './engine-process.ts';
import type { Fate } from './fate.ts';
import type { Faults } from './faults.ts';
import type { Judge } from './judge/judge.ts';
import type { JudgedStore } from './judged-store.ts';
import type { Scheduler } from './scheduler.ts';
import type { WorldSettings } from './settings.ts';
import type { SharedGuards } from './shared-guards.ts';

/** What everybody in a world shares. */
export interface World {
  readonly settings: WorldSettings;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly random: Random;
  readonly store: JudgedStore;
  readonly parcels: Parcels;
  readonly counts: TargetCounts;
  readonly batches: Batches;
  readonly recoveries: Recoveries;
  /** Where the guards are shared by the fleet. */
  readonly shared: SharedGuards | undefined;
  /** From then on nothing goes wrong. */
  readonly quietAt: number;
  readonly judge: Judge;
  trace(line: string): void;
  /** Whether the store is away. */
  isDown(): boolean;
  onDeath(name: string): void;
  anyProcess(): EngineProcess | undefined;
  /** Asks one living engine after the other until one answers. */
  ask<T>(what: string, request: (engine: Engine) => Promise<T>): Promise<T>;
  fateOf(jobId: string, nodeId: string): Fate;
  specOf(jobId: string, nodeId: string): (NodeSpec | ItemSpec) & { completion?: string; heartbeatTimeout?: number };
}
