import { createMachineClock } from '../adapters/machine/clock.ts';
import { machineRandom } from '../adapters/machine/random.ts';
import { createPubSubQueue } from '../adapters/pubsub/node-queue.ts';
import type { PubSubPublisher } from '../adapters/pubsub/publisher.ts';
import { createPubSubTimers } from '../adapters/pubsub/timers.ts';
import { createPubSubTopics } from '../adapters/pubsub/topics.ts';
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine, Handler } from '../engine/engine.ts';
import type { Guards } from '../engine/guards/guards.ts';
import type { Invocations } from '../engine/invocations.ts';
import type { Alarm } from '../jobs/message/index.ts';
import type { BudgetRules } from '../policy/budget/index.ts';
import type { AllowRule } from '../policy/egress/index.ts';
import type {
  Batches,
  GuardRecords,
  HttpCaller,
  JobStore,
  Parcels,
  Policies,
  Recoveries,
  TargetCounts,
} from '../ports/index.ts';
import { builtinHandlers } from './builtin-handlers.ts';
import { type GuardsFile, noGuardsFile } from './guards-file.ts';
import { type HotStores, openHotStores } from './hot-stores.ts';
import { httpWhenNeeded } from './http-when-needed.ts';
import { noticeUnknown } from './notice-unknown.ts';
import { openFirestore } from './open-firestore.ts';
import { openGuards } from './open-guards.ts';
import { publisherWhenNeeded } from './publisher-when-needed.ts';
import type { FirestoreChoice } from './store-choice.ts';

export interface ProductionOptions extends EngineWishes {
  readonly store: FirestoreChoice;
  /** Of the topics; the store's unless said. */
  readonly project: string | undefined;
  /** `host:port` of an emulator. */
  readonly pubsubHost: string | undefined;
  readonly allowHosts: readonly AllowRule[];
  /** Through which the fleet shares its guards. */
  readonly redisUrl: string | undefined;
  readonly version: string;
  /** For what nobody waits for. */
  report(error: unknown, context: string): void;
  /** Told in a sentence of what was reported as lost and is there again. */
  note?(sentence: string): void;
  /** The W3C trace context of what is going on, when there is one. */
  readonly traceparent?: () => string | undefined;
}

export interface EngineWishes {
  /** Attempts under way at once; 0 where none is ever made. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Until a message counts as lost; the engine's own unless said. */
  readonly requeueMs?: number;
  /** The engine's own unless said. */
  readonly retryBudget?: BudgetRules;
  readonly guards?: GuardsFile;
  /** They go before those that are built in. */
  readonly handlers: ReadonlyMap<string, Handler> | undefined;
}

/** The engine of one function's instance: it has the CPU only while a request is under way, and shares the store with all others. */
export interface Production {
  readonly engine: Engine;
  readonly invocations: Invocations;
  readonly policies: Policies;
  readonly guards: Guards;
  readonly clock: Clock;
  readonly random: Random;
  /** What the fleet knows of its guards has been heard; after a second in any case. Before the first call. */
  ready(): Promise<void>;
  /** Has these alarms held until they are due. Rejects when they can't be announced. */
  hold(alarms: readonly Alarm[]): Promise<void>;
  /** The last look for this job found nothing. */
  isUnknown(jobId: string): boolean;
  /** Resolves when nothing goes on that a request began. A door answers after that. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** On Firestore and Pub/Sub, or their emulators. Nothing is asked of them yet. */
export async function openProduction(options: ProductionOptions): Promise<Production> {
  const { store: place, pubsubHost, report, traceparent } = options;
  const clock = createMachineClock();
  const random = machineRandom;
  const publisher = publisherWhenNeeded({
    projectId: options.project ?? place.project,
    ...(pubsubHost !== undefined && { emulatorHost: pubsubHost }),
  });
  const http = httpWhenNeeded(options.allowHosts, options.version, clock);
  const opened = await openFirestore(place, clock, random);
  const { store, parcels, policies, counts, batches, recoveries, guards: guardRecords } = opened;
  const kept = { store, parcels, policies, counts, batches, recoveries, guardRecords };
  const hot = await openHotStores({ clock, random, redisUrl: options.redisUrl, report });
  const parts = { clock, random, ...kept, hot, publisher, http: http.caller, report };
  const told = { ...(options.note && { note: options.note }), ...(traceparent && { traceparent }) };
  return createProduction({ ...parts, ...told }, options, async () => {
    await Promise.all([publisher.close(), http.close()]);
    await opened.close();
  });
}

export interface ProductionParts extends Pick<ProductionOptions, 'report' | 'note' | 'traceparent'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: JobStore;
  readonly parcels?: Parcels;
  readonly policies: Policies;
  readonly counts: TargetCounts;
  readonly batches: Batches;
  readonly recoveries: Recoveries;
  readonly guardRecords: GuardRecords;
  readonly hot?: HotStores;
  readonly publisher: PubSubPublisher;
  readonly http: HttpCaller;
}

export function createProduction(
  parts: ProductionParts,
  { concurrency, leaseMs, requeueMs, retryBudget, guards: file = noGuardsFile, handlers }: EngineWishes,
  close: () => Promise<void>,
): Production {
  const { clock, random, parcels, policies, counts, batches, recoveries, publisher, http, report, traceparent } = parts;
  const noticed = noticeUnknown(parts.store);
  const queue = createPubSubQueue(publisher, traceparent ? { traceparent } : {});
  const timers = createPubSubTimers(publisher, {
    clock,
    onFailure: (error, jobIds) => report(error, `announcing alarms of ${jobIds.length} jobs`),
  });
  const topics = createPubSubTopics(publisher);
  const guards = openGuards({
    clock,
    random,
    records: parts.guardRecords,
    counts: parts.counts,
    ...(parts.hot && { hot: parts.hot }),
    file,
    topics,
    mayBeUnheard: false,
    report,
    ...(parts.note && { note: parts.note }),
  });
  const engine = createEngine(
    {
      clock,
      random,
      store: noticed.store,
      ...(parcels && { parcels }),
      counts,
      batches,
      recoveries,
      queue,
      timers,
      guards: guards.engine,
      http,
      topics,
      report,
    },
    {
      alone: false,
      invoked: true,
      concurrency,
      leaseMs,
      ...(requeueMs !== undefined && { requeueMs }),
      ...(retryBudget && { retryBudget }),
    },
  );
  for (const [name, handler] of new Map([...Object.entries(builtinHandlers(clock)), ...(handlers ?? [])]))
    engine.registerHandler(name, handler);
  const { invocations } = engine;
  return {
    // It is never started: it works whenever it is asked.
    engine: { ...engine, health: () => ({ ...engine.health(), state: 'running' }) },
    invocations,
    policies,
    guards: guards.desk,
    clock,
    random,
    ready: () => guards.ready(),
    hold: (alarms) => timers.hold(alarms),
    isUnknown: noticed.isUnknown,
    async finish() {
      await invocations.settled();
      await timers.flush();
      await guards.flush();
      await publisher.flush();
    },
    async close() {
      await guards.close();
      await close();
    },
  };
}
