import { createMachineTimers } from '../../shared/adapters/machine/timers.ts';
import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { createMemoryQueue } from '../../shared/adapters/memory/node-queue.ts';
import { createMemoryRecoveries } from '../../shared/adapters/memory/recoveries.ts';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { createTopicBus, type TopicBus } from '../../shared/adapters/memory/topic-bus.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { createEngine } from '../../shared/engine/create-engine.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { EngineGuards, EngineOptions } from '../../shared/engine/parts.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { type Job, type JobSpec, nodeAt, nodeIdAt, nodeIndices } from '../../shared/jobs/index.ts';
import type { HttpCaller, JobStore, Recoveries, TargetCounts } from '../../shared/ports/index.ts';
import { type HandClock, handClock } from './hand-clock.ts';

/** A whole engine in the hand: memory adapters, a clock that the test moves, and what went wrong behind the caller's back. */
export interface HeldEngine {
  readonly engine: Engine;
  readonly clock: HandClock;
  readonly store: JobStore;
  readonly topics: TopicBus;
  readonly reports: string[];
  /** Another engine on the same store, as after a crash of the first. */
  another(options?: EngineOptions): Promise<Engine>;
  /** Submits and lets what can happen now happen. */
  submit(document: unknown): Promise<string>;
  /** Ids and states of a job's nodes. */
  states(jobId: string): Promise<Record<string, string>>;
}

export interface EngineFixture {
  readonly options?: EngineOptions;
  readonly http?: HttpCaller;
  /** One that keeps its sessions elsewhere brings them. */
  readonly store?: JobStore & { readonly recoveries?: Recoveries };
  readonly counts?: TargetCounts;
  /** With these the clock comes along. */
  readonly guards?: EngineGuards;
  readonly clock?: HandClock;
  /** Called with every engine before it starts. */
  readonly register?: (engine: Engine) => void;
}

export async function anEngine({
  options = {},
  http,
  store = createMemoryJobStore(),
  counts = createMemoryTargetCounts(),
  guards,
  clock = handClock(),
  register,
}: EngineFixture = {}): Promise<HeldEngine> {
  const topics = createTopicBus(clock);
  const batches = createMemoryBatches();
  const reports: string[] = [];
  let seed = 1;

  async function another(more: EngineOptions = {}): Promise<Engine> {
    const queue = createMemoryQueue(clock);
    const engine = createEngine(
      {
        clock,
        random: seededRandom(seed++),
        store,
        counts,
        batches,
        recoveries: store.recoveries ?? createMemoryRecoveries(),
        queue,
        source: queue,
        timers: createMachineTimers(clock),
        ...(guards && { guards }),
        http: http ?? {
          call: async () => ({ kind: 'failed', failure: { code: 'no_http', message: 'no HTTP in this test' } }),
        },
        topics,
        report: (error, context) => reports.push(`${context}: ${error}`),
      },
      { ...options, ...more },
    );
    register?.(engine);
    await engine.start();
    return engine;
  }

  const engine = await another();
  return {
    engine,
    clock,
    store,
    topics,
    reports,
    another,
    async submit(document) {
      const submitted = await engine.submit(specOf(document, clock.now()));
      if (submitted.kind !== 'created') throw new Error(JSON.stringify(submitted));
      await clock.advance(0);
      return submitted.jobId;
    },
    states: async (jobId) => statesOfNodes((await engine.get(jobId))!),
  };
}

export function specOf(document: unknown, now: number): JobSpec {
  const parsed = parseJobSpec(document, now);
  if (parsed.kind === 'faults')
    throw new Error(parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return parsed.spec;
}

export function statesOfNodes(job: Job): Record<string, string> {
  return Object.fromEntries(nodeIndices(job).map((index) => [nodeIdAt(job, index), nodeAt(job, index).state]));
}
