import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { type BatchDesk, createBatchDesk } from '../../shared/engine/batch-desk.ts';
import { createBatchWork } from '../../shared/engine/run-batch.ts';
import type { JobEvent, Verdict } from '../../shared/jobs/index.ts';
import type { FakeEngine } from './fake-engine.ts';

/** The real desk for batches, before jobs that move through the one door; nobody waits. */
export function fakeBatches(engine: Pick<FakeEngine, 'list' | 'get' | 'happens'>, now: () => number): BatchDesk {
  const needs = {
    parts: {
      clock: { now, sleep: (ms: number) => (ms < Infinity ? Promise.resolve() : new Promise<void>(() => {})) },
      random: seededRandom(1),
      batches: createMemoryBatches(),
      store: { list: engine.list.bind(engine) },
      report: (error: unknown) => {
        throw error;
      },
    },
    settings: { owner: 'engine-1', alone: true, invoked: false, leaseMs: 30_000, storePatienceMs: 0 },
    jobs: {
      read: engine.get.bind(engine),
      async commit(jobId: string, events: readonly JobEvent[]) {
        const job = await engine.get(jobId);
        if (!job) return undefined;
        const verdicts = events.map((event) => verdictOf(engine.happens(jobId, event)));
        return { job: (await engine.get(jobId))!, conflicts: 0, verdicts };
      },
    },
  };
  return createBatchDesk(needs, createBatchWork(needs), (work) => void work);
}

function verdictOf(answer: ReturnType<FakeEngine['happens']>): Verdict {
  if (answer.kind === 'refused') return answer;
  return { kind: answer.kind === 'done' ? 'applied' : 'repeated' };
}
