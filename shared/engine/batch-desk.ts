import { newId } from '../core/id.ts';
import {
  type Batch,
  type BatchOrder,
  type BatchOutcome,
  type BatchResult,
  batchLimits,
  cancelled,
  newBatch,
  sameOrder,
} from '../jobs/batch/index.ts';
import type { BatchPage, BatchQuery } from '../ports/index.ts';
import { readResults } from './batch-results.ts';
import { type BatchCount, type BatchShown, countJobs, showJob } from './preview-batch.ts';
import type { BatchNeeds, BatchWork } from './run-batch.ts';
import { tryAgain } from './try-again.ts';

/** One action on many jobs, as operators ask for it. */
export interface BatchDesk {
  /** How many jobs it would be, and of the newest what would become of them. Nothing changes. */
  preview(asked: BatchAsked): Promise<BatchPreview>;
  /** Durable when resolved: from then on it goes on to its end whatever process dies. An id that is given acts once. */
  start(asked: BatchAsked & { readonly id?: string }): Promise<BatchStarted>;
  get(batchId: string): Promise<Batch | undefined>;
  list(query: BatchQuery): Promise<BatchPage>;
  /** In the order in which they were told. */
  readResults(batchId: string, query: ResultQuery): Promise<ResultPage>;
  /** No job more is begun; what has been done stays done. */
  cancel(batchId: string, by: string): Promise<BatchCancelled>;
}

export interface BatchAsked {
  readonly order: BatchOrder;
  readonly by: string;
  readonly trace?: string;
}

export interface BatchPreview extends Omit<BatchCount, 'first'> {
  readonly shown: readonly BatchShown[];
}

export type BatchStarted =
  | { readonly kind: 'started' | 'repeated'; readonly batch: Batch }
  /** The id was used for something else. */
  | { readonly kind: 'idReused'; readonly batch: Batch }
  | { readonly kind: 'tooMany'; readonly running: number };

export type BatchCancelled =
  | { readonly kind: 'done' | 'repeated'; readonly batch: Batch }
  | { readonly kind: 'hasEnded'; readonly batch: Batch }
  | { readonly kind: 'unknownBatch' };

export interface ResultQuery {
  readonly outcome?: BatchOutcome;
  readonly size: number;
  readonly pageToken?: string;
}

export interface ResultPage {
  readonly results: readonly BatchResult[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** An invoked engine works so long on a new batch before it answers: a small one is done by then, and a tick goes on with a large one. */
const firstSliceMs = 2_000;

export function createBatchDesk(needs: BatchNeeds, work: BatchWork, inBackground: Background): BatchDesk {
  const { parts, settings } = needs;
  const { clock, random, batches } = parts;
  const ask = <T>(once: () => Promise<T>): Promise<T> => tryAgain(parts, settings.storePatienceMs, once);

  async function cancel(batchId: string, by: string): Promise<BatchCancelled> {
    for (;;) {
      const batch = await ask(() => batches.get(batchId));
      if (!batch) return { kind: 'unknownBatch' };
      if (batch.state === 'completed') return { kind: 'hasEnded', batch };
      const after = batch.state === 'running' ? cancelled(batch, by, clock.now()) : batch;
      if (after !== batch && (await ask(() => batches.write(after))) !== 'written') continue;
      work.interrupt(batchId);
      return { kind: after === batch ? 'repeated' : 'done', batch: after };
    }
  }

  return {
    async preview({ order, by }) {
      const { first, ...counted } = await countJobs(needs, order, clock.now());
      const shown = await Promise.all(first.map((jobId) => showJob(needs, jobId, order, by)));
      return { ...counted, shown: shown.flat() };
    },
    async start({ id, ...asked }) {
      const before = id === undefined ? undefined : await ask(() => batches.get(id));
      if (before) return taken(before, asked.order);
      const { length: running } = (await batches.list({ states: ['running'], size: batchLimits.running })).batches;
      if (running >= batchLimits.running) return { kind: 'tooMany', running };
      const now = clock.now();
      const { expected } = await countJobs(needs, asked.order, now);
      const batch = newBatch({ id: id ?? newId(now, random), ...asked, expected }, now);
      const created = await ask(() => batches.create(batch));
      if (created.kind === 'exists' && !isThis(created.batch, batch)) return taken(created.batch, asked.order);
      const until = settings.invoked ? clock.now() + firstSliceMs : Infinity;
      inBackground(work.workOn(batch, until), `working on batch ${batch.id}`);
      return { kind: 'started', batch };
    },
    get: (batchId) => batches.get(batchId),
    list: (query) => batches.list(query),
    readResults: (batchId, query) => readResults(batches, batchId, query),
    cancel,
  };
}

type Background = (work: Promise<unknown>, context: string) => void;

/** An earlier try may have been stored although it seemed to fail. */
function isThis(stored: Batch, batch: Batch): boolean {
  return stored.createdAt === batch.createdAt && sameOrder(stored.order, batch.order);
}

/** The same id with the same order is the same batch. */
function taken(batch: Batch, order: BatchOrder): BatchStarted {
  return { kind: sameOrder(batch.order, order) ? 'repeated' : 'idReused', batch };
}
