import type { EngineOptions } from '../../shared/engine/parts.ts';
import { defaultBreakerRules } from '../../shared/policy/breaker/index.ts';
import { between, happens, pick, streamOf } from './chance.ts';
import type { FaultKind } from './faults.ts';
import { shapes } from './shapes/named.ts';

/** How one world is made: everything follows from its seed, or is taken away from it by who shrinks it. */
export interface WorldSettings {
  readonly seed: number;
  /** Names of the shapes of its jobs. */
  readonly shapes: readonly string[];
  readonly size: number;
  readonly perMille: number;
  /** Milliseconds after the start from which on nothing goes wrong. */
  readonly quietMs: number;
  readonly slots: number;
  /** One engine, and the next only after its death; what it had asked of the store dies with it. */
  readonly alone: boolean;
  readonly engine: EngineOptions;
  /** Breakers and a bulkhead are shared by all processes. */
  readonly sharedGuards: boolean;
  readonly operators: boolean;
  /** Somebody has jobs that ended go on. */
  readonly redrives: boolean;
  /** Somebody does something to all jobs at once. Only without operators who would wonder at it. */
  readonly batches: boolean;
  /** J4: no message and no alarm ever arrives, so that the sweep alone must finish every job. */
  readonly deaf: boolean;
  /** The places at which something may go wrong; all unless given. */
  readonly only?: ReadonlySet<number>;
  /** Instead of chance: exactly these faults, by place. */
  readonly forced?: ReadonlyMap<number, FaultKind>;
}

export const startOfTime = 1_700_000_000_000;

/** In a third of the worlds the guards of targets bite: few retries are let through, and breakers open soon. */
function guardsOf(seed: number): Pick<EngineOptions, 'retryBudget' | 'breakerRules'> {
  const random = streamOf(seed, 6);
  if (!happens(random, 0.35)) return { retryBudget: { share: 0.2, floor: 1_000 } };
  const breakerRules = {
    ...defaultBreakerRules,
    failures: pick(random, [1, 2]),
    openMs: pick(random, [500, 5_000, 30_000]),
    openMsMost: 40_000,
    probes: pick(random, [1, 2]),
    successes: pick(random, [1, 2]),
    probeMs: pick(random, [1_000, 20_000]),
    spreadMs: pick(random, [100, 5_000]),
  };
  return { retryBudget: { share: pick(random, [0, 0.1]), floor: pick(random, [0.05, 0.3]) }, breakerRules };
}

export function settingsOfSeed(seed: number): WorldSettings {
  const random = streamOf(seed, 1);
  const names = Object.keys(shapes);
  const more = happens(random, 0.2) ? [pick(random, names)] : [];
  const slots = pick(random, [1, 1, 2, 3]);
  const alone = slots === 1 && happens(random, 0.6);
  const leaseMs = pick(random, [1_500, 5_000, 30_000]);
  const settings = {
    seed,
    shapes: [names[seed % names.length]!, ...more],
    size: between(random, 2, 9),
    perMille: pick(random, [0, 5, 20, 40, 100]),
    quietMs: between(random, 10_000, 60_000),
    slots,
    alone,
    engine: {
      alone,
      leaseMs,
      concurrency: pick(random, [1, 2, 8, 64]),
      sweepMs: pick(random, [1_000, 5_000]),
      sweepBatch: pick(random, [1, 500]),
      storePatienceMs: pick(random, [100, 2_000, 10_000]),
      jobsInMemory: pick(random, [1, 10_000]),
      invoked: !alone && happens(streamOf(seed, 5), 0.4),
      nodesPerParcel: pick(streamOf(seed, 4), [1, 2, 3, 100]),
      ...guardsOf(seed),
    },
    operators: happens(random, 0.35),
    redrives: happens(streamOf(seed, 7), 0.4),
    deaf: happens(random, 0.1),
  };
  const sharedGuards = settings.engine.breakerRules !== undefined && happens(streamOf(seed, 10), 0.6);
  return { ...settings, sharedGuards, batches: !settings.operators && happens(streamOf(seed, 9), 0.25) };
}
