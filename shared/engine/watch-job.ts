import { type AuditLine, isFinal, type Job } from '../jobs/index.ts';
import type { JobStore } from '../ports/index.ts';

/** Who wants to know when a job changes. */
export interface Watchers {
  /** Wakes those who wait for this job. */
  wake(jobId: string): void;
  /** `changed` resolves at the next wake or at `forget`, which whoever waits no more must call. */
  wait(jobId: string): { readonly changed: Promise<void>; forget(): void };
}

/** `sleep` is asked for where other engines may change a job without a word here: then those who wait look again after a while. */
export function createWatchers(sleep?: (signal: AbortSignal) => Promise<void>): Watchers {
  const waiting = new Map<string, Set<() => void>>();
  const wakeOne = (jobId: string): void => {
    const those = waiting.get(jobId);
    waiting.delete(jobId);
    for (const wake of those ?? []) wake();
  };
  return {
    wake: wakeOne,
    wait(jobId) {
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const those = waiting.get(jobId) ?? new Set();
      const over = new AbortController();
      void sleep?.(over.signal).then(resolve);
      waiting.set(jobId, those.add(resolve));
      return {
        changed,
        forget() {
          those.delete(resolve);
          if (those.size === 0 && waiting.get(jobId) === those) waiting.delete(jobId);
          over.abort();
          resolve();
        },
      };
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
    const { changed, forget } = watchers.wait(jobId);
    try {
      const job = await read();
      if (!job || isFinal(job.header.state)) return job;
      await changed;
    } finally {
      forget();
    }
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
  let forgetCurrent = (): void => {};
  signal.addEventListener('abort', () => forgetCurrent(), { once: true });
  for (let last = after; !signal.aborted; ) {
    const { changed, forget } = watchers.wait(jobId);
    forgetCurrent = forget;
    try {
      const job = await read();
      const lines = await store.readAudit(jobId, last, pageSize);
      yield* lines;
      last = lines.at(-1)?.seq ?? last;
      // The job was read before its lines, so a final one has no more of them.
      if (lines.length === 0 && (!job || isFinal(job.header.state))) return;
      if (lines.length === 0 && !signal.aborted) await changed;
    } finally {
      forget();
    }
  }
}
