import type { Batch, BatchResult, BatchState } from '../jobs/batch/index.ts';

/**
 * Where batches live: what was asked for, how far it has come, and what became of each job.
 *
 * - `create` and `write` are atomic and durable once resolved: a batch and the results that came with it are both there, or neither.
 * - Of several that write on the same version exactly one does. What was written is seen by every later call, whoever asks.
 * - A rejected promise says nothing: the write may have happened. Whoever asked reads the batch again.
 * - Failures of the world reject with a CodedError, as those of a JobStore do.
 */
export interface Batches {
  /** An id that is taken answers with the batch that has it. */
  create(batch: Batch): Promise<BatchCreated>;
  get(batchId: string): Promise<Batch | undefined>;
  /** Replaces the version before `batch.version`, and no other; results that are given become chunk `batch.chunks - 1`. */
  write(batch: Batch, results?: readonly BatchResult[]): Promise<'written' | 'conflict'>;
  /** Newest first. */
  list(query: BatchQuery): Promise<BatchPage>;
  /** The chunks from number `first` on, in order, `limit` at most. None of an unknown batch. */
  readResults(batchId: string, first: number, limit: number): Promise<readonly (readonly BatchResult[])[]>;
}

export type BatchCreated = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly batch: Batch };

export interface BatchQuery {
  readonly states?: readonly BatchState[];
  readonly size: number;
  readonly pageToken?: string;
}

export interface BatchPage {
  readonly batches: readonly Batch[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}
