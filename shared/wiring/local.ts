import { createMachineClock } from '../adapters/machine/clock.ts';
import { machineRandom } from '../adapters/machine/random.ts';
import { createMachineTimers } from '../adapters/machine/timers.ts';
import { createMemoryBatches } from '../adapters/memory/batches.ts';
import { createMemoryQueue } from '../adapters/memory/node-queue.ts';
import { createTopicBus, type TopicBus } from '../adapters/memory/topic-bus.ts';
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine, Handler } from '../engine/engine.ts';
import type { Guards } from '../engine/guards/guards.ts';
import type { BudgetRules } from '../policy/budget/index.ts';
import type { AllowRule } from '../policy/egress/index.ts';
import type { Policies } from '../ports/index.ts';
import { builtinHandlers } from './builtin-handlers.ts';
import { type GuardsFile, noGuardsFile } from './guards-file.ts';
import { openHotStores, ownHotStores } from './hot-stores.ts';
import { httpWhenNeeded } from './http-when-needed.ts';
import { openGuards } from './open-guards.ts';
import { openStore } from './open-store.ts';
import { ownJobs } from './own-jobs.ts';
import { type StoreChoice, storeText } from './store-choice.ts';

export interface LocalOptions {
  readonly store: StoreChoice;
  /** It works for the jobs that it is given here and their children, and leaves the store's others alone. */
  readonly ownJobsOnly?: boolean;
  readonly allowHosts: readonly AllowRule[];
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Between two sweeps, and until a message counts as lost; the engine's own unless said. */
  readonly sweepMs?: number;
  /** The engine's own unless said. */
  readonly retryBudget?: BudgetRules;
  /** Through which it shares its guards with others. */
  readonly redisUrl?: string | undefined;
  readonly guards?: GuardsFile;
  /** They go before those that are built in. */
  readonly handlers?: ReadonlyMap<string, Handler>;
  readonly version: string;
  /** For what nobody waits for. */
  report(error: unknown, context: string): void;
  /** Told in a sentence of what was reported as lost and is there again. */
  note?(sentence: string): void;
}

/** The whole engine in this process, on one file, in memory, or on a Firestore that it shares. Nothing happens before `engine.start`. */
export interface Local {
  readonly engine: Engine;
  /** `sqlite:PATH`, `memory` or `firestore:PROJECT`. */
  readonly store: string;
  /** Retry policies with names, in the same store. */
  readonly policies: Policies;
  /** Breakers and bulkheads, as operators see them. */
  readonly guards: Guards;
  readonly topics: TopicBus;
  readonly clock: Clock;
  readonly random: Random;
  /** After `engine.stop`. */
  close(): Promise<void>;
}

/** Rejects with a CodedError whose sentence is for people when the store cannot be opened. */
export async function openLocal(options: LocalOptions): Promise<Local> {
  const clock = createMachineClock();
  const random = machineRandom;
  const opened = await openStore(options.store, clock, random);
  const http = httpWhenNeeded(options.allowHosts, options.version, clock);
  const topics = createTopicBus(clock, {
    onGivenUp: ({ topic, messageId }, error) => options.report(error, `message ${messageId} of topic ${topic}`),
  });
  const { parcels } = opened;
  const store = options.ownJobsOnly ? ownJobs(opened.store) : opened.store;
  const { concurrency, leaseMs, sweepMs, retryBudget, report } = options;
  const queue = createMemoryQueue(clock);
  const timers = createMachineTimers(clock);
  const { redisUrl } = options;
  const isAlone = options.store.kind !== 'firestore' && redisUrl === undefined;
  const guards = openGuards({
    clock,
    random,
    records: opened.guards,
    counts: opened.counts,
    hot: await (isAlone ? ownHotStores(clock, random) : openHotStores({ clock, random, redisUrl, report })),
    file: options.guards ?? noGuardsFile,
    topics,
    mayBeUnheard: true,
    report,
    ...(options.note && { note: options.note }),
  });
  const engine = createEngine(
    {
      clock,
      random,
      store,
      ...(parcels && { parcels }),
      counts: opened.counts,
      recoveries: opened.recoveries,
      // Those that stand in the store are for the engines whose jobs they are.
      batches: options.ownJobsOnly ? createMemoryBatches() : opened.batches,
      queue,
      source: queue,
      timers,
      guards: guards.engine,
      http: http.caller,
      topics,
      report,
    },
    {
      alone: options.store.kind !== 'firestore',
      concurrency,
      leaseMs,
      ...(sweepMs !== undefined && { sweepMs, requeueMs: sweepMs }),
      ...(retryBudget && { retryBudget }),
    },
  );
  for (const [name, handler] of new Map([...Object.entries(builtinHandlers(clock)), ...(options.handlers ?? [])])) {
    engine.registerHandler(name, handler);
  }
  await guards.ready();
  return {
    engine,
    store: storeText(options.store),
    policies: opened.policies,
    guards: guards.desk,
    topics,
    clock,
    random,
    async close() {
      await guards.close();
      await http.close();
      await opened.close();
    },
  };
}
