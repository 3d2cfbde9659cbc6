import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { createMemoryParcels } from '../../shared/adapters/memory/parcels.ts';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { createTopicBus } from '../../shared/adapters/memory/topic-bus.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { createEngine } from '../../shared/engine/create-engine.ts';
import type { Engine, Handler } from '../../shared/engine/engine.ts';
import type { Invocations } from '../../shared/engine/invocations.ts';
import type { EngineGuards, EngineOptions } from '../../shared/engine/parts.ts';
import { packNodes, unpackNodes } from '../../shared/jobs/message/index.ts';
import type { DueJob, HttpCaller, JobStore, NodeMessage, Parcels, TargetCounts } from '../../shared/ports/index.ts';
import { specOf, statesOfNodes } from '../support/an-engine.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';

/** Engines that are invoked, on one store in memory, with a clock that the test moves. What they publish is kept and goes nowhere. */
export interface HeldFleet {
  readonly engines: readonly InvokedEngine[];
  readonly clock: HandClock;
  readonly store: JobStore;
  /** Node messages, until `takeMessages`. */
  readonly published: NodeMessage[];
  /** Alarms that were to be announced. */
  readonly alarms: DueJob[];
  readonly reports: string[];
  /** As many messages as Pub/Sub would be given for what was published, which is gone then. */
  takeMessages(): (readonly NodeMessage[])[];
  submit(document: unknown): Promise<string>;
  states(jobId: string): Promise<Record<string, string>>;
  /** Moves the time on until the work is done, `ms` at most. */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
}

export type InvokedEngine = Engine & { readonly invocations: Invocations };

export interface FleetFixture {
  readonly engines?: number;
  readonly options?: EngineOptions;
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** What lies between an engine and the store. */
  readonly aside?: (store: JobStore) => JobStore;
  readonly parcels?: Parcels;
  readonly counts?: TargetCounts;
  readonly http?: HttpCaller;
  /** With these the clock comes along. */
  readonly guards?: EngineGuards;
  readonly clock?: HandClock;
}

/** Fine enough to see when something ended. */
const stepMs = 100;

export function aFleet({
  engines: count = 1,
  options = {},
  handlers = {},
  aside = (store) => store,
  parcels = createMemoryParcels(),
  counts = createMemoryTargetCounts(),
  http = { call: async () => ({ kind: 'succeeded', result: null }) },
  guards,
  clock = handClock(),
}: FleetFixture = {}): HeldFleet {
  const store = createMemoryJobStore({ yieldEvery: Infinity });
  const batches = createMemoryBatches();
  const published: NodeMessage[] = [];
  const alarms: DueJob[] = [];
  const reports: string[] = [];

  function start(place: number): InvokedEngine {
    const engine = createEngine(
      {
        clock,
        random: seededRandom(place + 1),
        store: aside(store),
        parcels,
        counts,
        batches,
        recoveries: store.recoveries,
        queue: { publish: async (messages) => void published.push(...messages) },
        timers: {
          set: (jobId, _, newAt) => void (newAt !== undefined && alarms.push({ jobId, nextCheckAt: newAt })),
          drop: () => {},
          onAlarm: () => {},
          stop: () => {},
        },
        http,
        ...(guards && { guards }),
        topics: createTopicBus(clock),
        report: (error, context) => reports.push(`${context}: ${error}`),
      },
      { invoked: true, ...options },
    );
    for (const [name, handler] of Object.entries(handlers)) engine.registerHandler(name, handler);
    return engine;
  }

  const engines = Array.from({ length: count }, (_, place) => start(place));
  return {
    engines,
    clock,
    store,
    published,
    alarms,
    reports,
    takeMessages: () => packNodes(published.splice(0)).map(unpackNodes),
    async submit(document) {
      const submitted = await engines[0]!.submit(specOf(document, clock.now()));
      if (submitted.kind !== 'created') throw new Error(JSON.stringify(submitted));
      await engines[0]!.invocations.settled();
      return submitted.jobId;
    },
    states: async (jobId) => statesOfNodes((await engines[0]!.get(jobId))!),
    async within(ms, work) {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      work.then(end, end);
      await clock.advance(0);
      for (let passedMs = 0; !isOver && passedMs < ms; passedMs += stepMs) await clock.advance(stepMs);
      if (!isOver) throw new Error(`it was not done within ${ms} ms`);
      return work;
    },
  };
}

export const call = (id: string, more: object = {}) => ({ id, type: 'function', handler: 'work', ...more });

export const wideJob = (width: number, more: object = {}) => ({
  name: 'wide',
  nodes: [
    ...Array.from({ length: width }, (_, at) => call(`n${at}`, more)),
    call('join', { dependsOn: Array.from({ length: width }, (_, at) => `n${at}`) }),
  ],
});
