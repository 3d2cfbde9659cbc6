import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { type BatchNeeds, type BatchWork, createBatchWork } from '../../shared/engine/run-batch.ts';
import {
  type Batch,
  type BatchAction,
  type BatchFilter,
  type BatchResult,
  newBatch,
} from '../../shared/jobs/batch/index.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import {
  applyToDraft,
  applyToJob,
  closeDraft,
  type Job,
  type JobEvent,
  newJob,
  openDraft,
} from '../../shared/jobs/index.ts';
import type { Batches, JobStore } from '../../shared/ports/index.ts';
import { aLine } from '../support/a-job.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';

/** Jobs in a store, one batch, and engines of which there is nothing but what works on it. */
export interface BatchBench {
  readonly clock: HandClock;
  readonly store: JobStore;
  readonly batches: Batches;
  readonly reports: string[];
  /** Jobs that something was asked of, in order. */
  readonly asked: string[];
  readonly commit: Commit;
  work(more?: WorkParts): BatchWork;
  order(action: BatchAction, filter?: BatchFilter, ratePerSecond?: number): Promise<void>;
  batch(): Promise<Batch>;
  results(): Promise<readonly BatchResult[]>;
  stateOf(jobId: string): Promise<string | undefined>;
}

type Commit = BatchNeeds['jobs']['commit'];

export interface WorkParts {
  readonly owner?: string;
  readonly alone?: boolean;
  readonly commit?: Commit;
  readonly batches?: Batches;
  readonly store?: Pick<JobStore, 'list'>;
}

export async function aBatchBench(count: number, jobOf: (at: number) => Job = queued): Promise<BatchBench> {
  const clock = handClock();
  const store = createMemoryJobStore();
  const batches = createMemoryBatches();
  const reports: string[] = [];
  const asked: string[] = [];
  for (let at = 0; at < count; at++) {
    const job = jobOf(at);
    await store.create(
      job,
      Array.from({ length: job.header.auditCount }, (_, line) => aLine(line + 1, { event: 'submitted' })),
    );
  }

  async function commit(jobId: string, events: readonly JobEvent[]) {
    const before = await store.load(jobId);
    if (!before) return undefined;
    asked.push(jobId);
    const draft = openDraft(before, clock.now());
    const verdicts = events.map((event) => applyToDraft(draft, event));
    const change = closeDraft(draft);
    if (change.after !== before) await store.commit(change);
    return { job: change.after, conflicts: 0, verdicts };
  }

  return {
    clock,
    store,
    batches,
    reports,
    asked,
    commit,
    work({ owner = 'one', alone = false, ...more } = {}) {
      const report = (error: unknown, context: string) => void reports.push(`${context}: ${error}`);
      const parts = { clock, random: { next: () => 0.5 }, batches, store, report };
      return createBatchWork({
        parts: { ...parts, ...(more.batches && { batches: more.batches }), ...(more.store && { store: more.store }) },
        settings: { owner, alone, invoked: false, leaseMs: 30_000, storePatienceMs: 1_000 },
        jobs: { read: (jobId) => store.load(jobId), commit: more.commit ?? commit },
      });
    },
    async order(action, filter = {}, ratePerSecond = 500) {
      const order = { action, filter, ratePerSecond };
      await batches.create(
        newBatch({ id: 'b', order, by: 'ada', expected: { jobs: count, isMore: false } }, clock.now()),
      );
    },
    batch: async () => (await batches.get('b'))!,
    results: async () => (await batches.readResults('b', 0, 1_000)).flat(),
    stateOf: async (jobId) => (await store.load(jobId))?.header.state,
  };
}

export const idAt = (at: number): string => `job-${String(at).padStart(5, '0')}`;

/** Seven of one moment, since a walk must tell those apart, too. */
export function queued(at: number): Job {
  const submittedAt = Math.floor(at / 7);
  const spec = parseJobSpec({ name: at % 2 === 0 ? 'even' : 'odd', nodes: [pay] }, submittedAt);
  if (spec.kind === 'faults') throw new Error(JSON.stringify(spec.faults));
  return applyToJob(newJob({ id: idAt(at), spec: spec.spec }, submittedAt), { kind: 'submitted' }, submittedAt).job;
}

const pay = { id: 'pay', type: 'function', handler: 'pay', retry: { strategy: 'fixed', delay: '1h' } };

/** Its node has failed and waits for an hour. */
export function retrying(at: number): Job {
  const failure = { code: 'busy', message: 'busy' };
  return [
    { kind: 'claimed', node: 0, attempt: 1, owner: 'x', leaseUntil: 9e12 } as const,
    { kind: 'failed', node: 0, attempt: 1, failure, chance: 0.5 } as const,
  ].reduce((job, event) => applyToJob(job, event, 900_000).job, queued(at));
}
