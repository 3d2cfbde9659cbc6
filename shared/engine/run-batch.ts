import {
  type Batch,
  type BatchChunk,
  type BatchOrder,
  type BatchResult,
  batchLimits,
  batchRules,
  chunkSizeOf,
  isFree,
  leased,
  letGo,
  planned,
  restOf,
  told,
} from '../jobs/batch/index.ts';
import type { JobPage, JobQuery, JobStore } from '../ports/index.ts';
import { actOnJob, type JobAccess } from './act-on-job.ts';
import { createPace, type Pace } from './pace.ts';
import type { Parts, Settings } from './parts.ts';
import { tryAgain } from './try-again.ts';

/** Goes through the jobs of batches. */
export interface BatchWork {
  /** Works on all running batches that nobody else has, until they have ended or it is `until`. Never rejects: what fails is reported, and left to the next call. */
  goOn(until: number): Promise<void>;
  /** The same for this one. */
  workOn(batch: Batch, until: number): Promise<void>;
  /** Nothing more of the batch is begun here. */
  interrupt(batchId: string): void;
  /** Nor of any other: what is under way is brought to its end and told. */
  close(): void;
}

export interface BatchNeeds {
  readonly parts: Pick<Parts, 'clock' | 'random' | 'batches' | 'report'> & { readonly store: Pick<JobStore, 'list'> };
  readonly settings: Pick<Settings, 'owner' | 'alone' | 'invoked' | 'leaseMs' | 'storePatienceMs'>;
  readonly jobs: JobAccess;
}

/** Jobs acted on at once: enough to share the store's commits, few enough to leave room for others. */
const jobsAtOnce = 64;

/**
 * Page by page through the store's list, newest first. A list goes on behind the last job of its page, whatever has become of that job, so
 * that the changes which the batch itself makes neither hide a job nor show one twice. Each page is written down before anything is
 * done, and what became of it with the next: after a crash the same jobs are asked again, and each acts once (`requestOf`).
 */
export function createBatchWork({ parts, settings, jobs }: BatchNeeds): BatchWork {
  const { clock, batches, report } = parts;
  const { owner, alone, leaseMs, storePatienceMs } = settings;
  const working = new Map<string, AbortController>();
  let isClosed = false;

  const ask = <T>(once: () => Promise<T>): Promise<T> => tryAgain(parts, storePatienceMs, once);

  async function goOn(until: number): Promise<void> {
    try {
      const query = { states: ['running'], size: 2 * batchLimits.running } as const;
      const page = await ask(() => batches.list(query));
      await Promise.all(page.batches.map((batch) => workOn(batch, until)));
    } catch (error) {
      report(error, 'looking for batches');
    }
  }

  async function workOn(batch: Batch, until: number): Promise<void> {
    if (isClosed || working.has(batch.id) || !isFree(batch, owner, clock.now(), alone)) return;
    const over = new AbortController();
    working.set(batch.id, over);
    const ended = new AbortController();
    void clock.sleep(until - clock.now(), ended.signal).then(() => over.abort());
    try {
      await goThrough(batch, over.signal);
    } catch (error) {
      report(error, `working on batch ${batch.id}`);
    } finally {
      ended.abort();
      working.delete(batch.id);
    }
  }

  async function goThrough(batch: Batch, over: AbortSignal): Promise<void> {
    const pace = createPace(clock, batch.order.ratePerSecond);
    let held = await put(hold(batch));
    if (held && !held.chunk) held = await put(planned(held, await chunkOf(held), clock.now()));
    while (held?.state === 'running' && !over.aborted) held = await workOff(held, pace, over);
    if (held?.state === 'running') await put(letGo(held));
  }

  const hold = (batch: Batch): Batch => leased(batch, owner, clock.now() + leaseMs);

  /** Gives the batch after it, or undefined when it is no longer ours. */
  async function workOff(held: Batch, pace: Pace, over: AbortSignal): Promise<Batch | undefined> {
    const results = await actOnAll(held, pace, over);
    if (results.length === 0) return held;
    const rest = restOf(held, results);
    const { next } = held.chunk!;
    const chunk = rest.length > 0 ? { ...held.chunk!, jobIds: rest } : await chunkOf(held, next ?? null);
    const after = told(held, results, chunk, clock.now());
    const renewed = after.lease ? { ...after, lease: { owner, until: clock.now() + leaseMs } } : after;
    return (await put(renewed, results)) ?? tellLate(held, results);
  }

  /** It was cancelled meanwhile: what had been done by then is told all the same. Who has it now otherwise tells of these jobs himself. */
  async function tellLate({ id, chunks }: Batch, results: readonly BatchResult[]): Promise<undefined> {
    const stored = await ask(() => batches.get(id));
    if (stored?.state !== 'cancelled' || stored.chunks !== chunks) return;
    await put(told(stored, results, { jobIds: [] }, clock.now()), results);
  }

  /** In half of the lease, so that what was done is told while it lasts. */
  async function actOnAll(held: Batch, pace: Pace, over: AbortSignal): Promise<readonly BatchResult[]> {
    const results: BatchResult[] = [];
    const until = clock.now() + leaseMs / 2;
    const left = (held.chunk?.jobIds ?? []).values();
    async function worker(): Promise<void> {
      for (const jobId of left) {
        await pace(over);
        if (over.aborted) return;
        results.push(await actOnJob(jobs, clock, held, jobId));
        if (clock.now() > until) return;
      }
    }
    await Promise.all(Array.from({ length: jobsAtOnce }, worker));
    return results;
  }

  /** The first chunk, the one behind a place of the list, or behind its end (`null`) none. */
  async function chunkOf({ order, createdAt }: Batch, pageToken?: string | null): Promise<BatchChunk> {
    if (pageToken === null) return { jobIds: [] };
    const query = { ...queryOf(order, createdAt), size: chunkSizeOf(order) };
    const page = await ask(() => parts.store.list(pageToken === undefined ? query : { ...query, pageToken }));
    return chunkIn(page);
  }

  /** Undefined where somebody else was first. An earlier try may have been stored although it seemed to fail. */
  async function put(batch: Batch, results?: readonly BatchResult[]): Promise<Batch | undefined> {
    const told = results && results.length > 0 ? results : undefined;
    if ((await ask(() => batches.write(batch, told))) === 'written') return batch;
    const stored = await ask(() => batches.get(batch.id));
    const isOurs = stored?.version === batch.version && stored.lease?.owner === batch.lease?.owner;
    return isOurs && stored.state === batch.state ? stored : undefined;
  }

  return {
    goOn,
    workOn,
    interrupt: (batchId) => working.get(batchId)?.abort(),
    close() {
      isClosed = true;
      for (const over of working.values()) over.abort();
    },
  };
}

/** Jobs that were submitted before the batch was made. */
export function queryOf({ action, filter }: BatchOrder, createdAt: number): Omit<JobQuery, 'size'> {
  const { submittedBefore = Infinity } = filter;
  return { states: batchRules[action].states, ...filter, submittedBefore: Math.min(submittedBefore, createdAt) };
}

function chunkIn({ jobs, nextPageToken }: JobPage): BatchChunk {
  const jobIds = jobs.map(({ jobId }) => jobId);
  return nextPageToken === undefined ? { jobIds } : { jobIds, next: nextPageToken };
}
