import { type AuditLine, isFinal, type Job } from '../jobs/index.ts';
import type { JobStore } from '../ports/index.ts';

/** Who wants to know when a job changes. */
export interface Watchers {
  /** Wakes those who wait for this job; without one, everybody: another process may have changed theirs. */
  wake(jobId?: string): void;
  /** Resolves at the next wake, or when `signal` aborts. */
  whenChanged(jobId: string, signal?: AbortSignal): Promise<void>;
}

export function createWatchers(): Watchers {
  const waiting = new Map<string, (() => void)[]>();
  const wakeOne = (jobId: string): void => {
    const those = waiting.get(jobId);
    waiting.delete(jobId);
    for (const wake of those ?? []) wake();
  };
  return {
    wake(jobId) {
      if (jobId !== undefined) wakeOne(jobId);
      else for (const each of [...waiting.keys()]) wakeOne(each);
    },
    whenChanged(jobId, signal) {
      return new Promise((resolve) => {
        const those = waiting.get(jobId);
        if (those) those.push(resolve);
        else waiting.set(jobId, [resolve]);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}

/** Resolves with the final job, undefined for an unknown one. */
export async function whenEnded(
  read: () => Promise<Job | undefined>,
  watchers: Watchers,
  jobId: string,
): Promise<Job | undefined> {
  for (;;) {
    const changed = watchers.whenChanged(jobId);
    const job = await read();
    if (!job || isFinal(job.header.state)) return job;
    await changed;
  }
}

const pageSize = 500;

/** Audit lines in order as they become durable, until the job has ended and all are told. */
export async function* watchJob(
  store: JobStore,
  read: () => Promise<Job | undefined>,
  watchers: Watchers,
  jobId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<AuditLine> {
  let last = after;
  while (!signal.aborted) {
    const changed = watchers.whenChanged(jobId, signal);
    const job = await read();
    const lines = await store.readAudit(jobId, last, pageSize);
    yield* lines;
    last = lines.at(-1)?.seq ?? last;
    // The job was read before its lines, so a final one has no more of them.
    if (lines.length === 0 && (!job || isFinal(job.header.state))) return;
    if (lines.length === 0) await changed;
  }
}
