import { createMemoryBreakerStates } from '../../shared/adapters/memory/breaker-states.ts';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { createMemoryPermits } from '../../shared/adapters/memory/permits.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { CodedError } from '../../shared/core/error.ts';
import type { Random } from '../../shared/core/random.ts';
import type { JobSpec } from '../../shared/jobs/index.ts';
import type { BreakerStates, GuardRecords, Permits } from '../../shared/ports/index.ts';
import { noGuardsFile } from '../../shared/wiring/guards-file.ts';
import { type OpenGuards, openGuards } from '../../shared/wiring/open-guards.ts';
import { streamOf } from './chance.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** The pool that calls of handlers belong to in a world whose guards are shared. */
export const pool = 'handlers';
export const poolLimit = 2;

/** What the fleet of a world shares of its guards. */
export interface SharedGuards {
  readonly states: BreakerStates;
  readonly permits: Permits;
  readonly records: GuardRecords;
  /** Under way in processes that live, by process. */
  readonly underWay: Map<Membrane, number>;
}

export function createSharedGuards(clock: Clock, random: Random): SharedGuards {
  return {
    states: createMemoryBreakerStates({ clock, random }),
    permits: createMemoryPermits(clock),
    records: createMemoryGuardRecords(),
    underWay: new Map(),
  };
}

export function withPool(spec: JobSpec): JobSpec {
  const nodes = spec.nodes.map((node) => (node.type === 'function' ? { ...node, bulkhead: pool } : node));
  return { ...spec, nodes };
}

/** The guards of one process. They live and die with it. */
export function guardsIn(world: World, membrane: Membrane, clock: Clock, birth: number): OpenGuards | undefined {
  const { shared, settings } = world;
  if (!shared) return undefined;
  const random = streamOf(settings.seed, 2_000 + birth);
  const ask = askHot(world, membrane, random);
  const { states, permits, records } = shared;
  const { spreadMs: _, ...rules } = settings.engine.breakerRules!;
  const { failures, openMs, openMsMost, successes } = rules;
  const breakers = { 'handler:*': { failures, openMs, openMsMost, successes } };
  return openGuards({
    clock,
    random,
    records,
    hot: {
      states: {
        report: (...given) => ask(() => states.report(...given)),
        askProbe: (...given) => ask(() => states.askProbe(...given)),
        settleProbe: (...given) => ask(() => states.settleProbe(...given)),
        override: (...given) => ask(() => states.override(...given)),
        readAll: () => ask(() => states.readAll()),
        transitions: (...given) => ask(() => states.transitions(...given)),
        watch: (onChange, onDoubt) =>
          states.watch((breaker) => later(world, membrane, random, () => onChange(breaker)), onDoubt),
      },
      permits: {
        ask: (...given) => ask(() => permits.ask(...given)),
        readAll: () => ask(() => permits.readAll()),
        watch: (instance, on) =>
          permits.watch(instance, {
            onGrant: (...given) => later(world, membrane, random, () => on.onGrant(...given)),
            onWanted: (...given) => later(world, membrane, random, () => on.onWanted(...given)),
            onDoubt: on.onDoubt,
            onAway: on.onAway,
          }),
      },
      close: async () => {},
    },
    file: { ...noGuardsFile, breakers, bulkheads: { [pool]: { limit: poolLimit, queueMost: 1, leaseMs: 1_000 } } },
    topics: { publish: async () => ({ kind: 'succeeded', result: null }) },
    mayBeUnheard: true,
    report: (error, context) => world.trace(`${membrane.name} reports ${context}: ${String(error)}`),
  });
}

/** As near as Redis is, away while the store is, and sometimes by itself: an answer is lost, or the question. */
function askHot(world: World, membrane: Membrane, random: Random) {
  const away = () => new CodedError('redis_unavailable', 'Redis is away');
  return <Answer>(question: () => Promise<Answer>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const fate = random.next() * 1_000;
      const isCalm = world.scheduler.now() >= world.quietAt;
      const isLost = !isCalm && fate < world.settings.perMille;
      later(world, membrane, random, async () => {
        if (world.isDown() || (isLost && fate < world.settings.perMille / 2)) return reject(away());
        const answer = await question();
        later(world, membrane, random, () => (isLost ? reject(away()) : resolve(answer)));
      });
    });
}

function later(world: World, membrane: Membrane, random: Random, run: () => void): void {
  const { scheduler } = world;
  scheduler.at(scheduler.now() + 0.2 + random.next() * 3, () => membrane.deliver(run));
}

/** A call of the pool begins; returns how it ends. A process that was frozen beyond its lease calls on for a moment: then nobody is blamed. */
export function enterPool(world: World, membrane: Membrane, nodeHasPool: boolean): () => void {
  const { shared } = world;
  if (!shared || !nodeHasPool) return () => {};
  const { underWay } = shared;
  underWay.set(membrane, (underWay.get(membrane) ?? 0) + 1);
  const all = [...underWay].reduce((sum, [{ dead }, count]) => sum + (dead ? 0 : count), 0);
  const hasFrozen = world.faults.injected.some(({ kind }) => kind === 'frozen');
  if (all > poolLimit && !hasFrozen) world.judge.blame(`${all} calls are under way in a pool of ${poolLimit}`);
  return () => void underWay.set(membrane, underWay.get(membrane)! - 1);
}
