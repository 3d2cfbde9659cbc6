import type { Clock } from '../../shared/core/clock.ts';
import { codeOf } from '../../shared/core/error.ts';
import { createEngine } from '../../shared/engine/create-engine.ts';
import { streamOf } from './chance.ts';
import { faultyBatches } from './faulty-batches.ts';
import { faultyCounts } from './faulty-counts.ts';
import { faultyParcels } from './faulty-parcels.ts';
import { faultyQueue } from './faulty-queue.ts';
import { faultyRecoveries } from './faulty-recoveries.ts';
import { faultyStore } from './faulty-store.ts';
import { faultyTimers } from './faulty-timers.ts';
import { createMembrane, type Membrane } from './membrane.ts';
import { guardsIn } from './shared-guards.ts';
import { handlerIn, httpIn, topicsIn } from './targets.ts';
import type { World } from './world.ts';

/** One engine in a process of its own, which may die between any two steps. Nothing that belongs to it outlives it. */
export interface EngineProcess {
  readonly name: string;
  readonly engine: ReturnType<typeof createEngine>;
  readonly membrane: Membrane;
  /** Somebody waits for this work. An engine that is invoked may ask nothing of the world while nobody does. */
  serve<T>(work: () => Promise<T>): Promise<T>;
  /** A message of the queue that chance brought here. */
  deliver(message: Parameters<ReturnType<typeof faultyQueue>['deliver']>[0]): void;
}

export function startProcess(world: World, name: string, birth: number): EngineProcess {
  const membrane = createMembrane(world, name);
  const clock = clockIn(world, membrane);
  const queue = faultyQueue(world, membrane, clock);
  const parts = {
    clock,
    random: streamOf(world.settings.seed, 1_000 + birth),
    store: faultyStore(world, membrane),
    ...(!world.settings.alone && { parcels: faultyParcels(world, membrane) }),
    counts: faultyCounts(world, membrane),
    batches: faultyBatches(world, membrane),
    recoveries: faultyRecoveries(world, membrane),
    queue,
    source: queue,
    timers: faultyTimers(world, membrane, clock),
    http: httpIn(world, membrane),
    topics: topicsIn(world, membrane),
    report: (error: unknown, context: string) => {
      if (!membrane.dead) reportIn(world, name, error, context);
    },
  };
  const guards = guardsIn(world, membrane, clock, birth);
  const engine = createEngine(guards ? { ...parts, guards: guards.engine } : parts, world.settings.engine);
  engine.registerHandler('work', handlerIn(world, membrane, clock));
  if (!world.settings.engine.invoked) void engine.start();
  return {
    name,
    engine,
    membrane,
    deliver: queue.deliver,
    async serve(work) {
      membrane.waiting++;
      try {
        return await work();
      } finally {
        membrane.waiting--;
      }
    },
  };
}

/** A failure of the world is expected here, a bug is not. */
function reportIn(world: World, name: string, error: unknown, context: string): void {
  const code = codeOf(error);
  world.trace(`${name} reports ${code}: ${context}`);
  if (!expected.has(code)) world.judge.blame(`${name} reported while ${context}: ${String(error)}`, error);
}

const expected = new Set(['store_unavailable', 'store_timeout', 'queue_unavailable', 'escalation_not_told']);

function clockIn({ scheduler }: World, membrane: Membrane): Clock {
  return {
    now: scheduler.now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const callOff = scheduler.at(scheduler.now() + ms, () => {
          signal?.removeEventListener('abort', wake);
          membrane.deliver(resolve);
        });
        const wake = () => {
          callOff();
          resolve();
        };
        signal?.addEventListener('abort', wake, { once: true });
      }),
  };
}
