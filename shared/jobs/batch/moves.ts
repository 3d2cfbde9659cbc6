import { canonicalJson } from '../../core/json.ts';
import {
  type Batch,
  type BatchChunk,
  type BatchOrder,
  type BatchOutcome,
  type BatchResult,
  batchLimits,
  type Counted,
} from './batch.ts';

/** How a batch comes to be and goes on. Each move makes the next version; a batch that has ended never changes its state. */

export interface BatchBirth {
  readonly id: string;
  readonly order: BatchOrder;
  readonly by: string;
  readonly trace?: string;
  readonly expected: Counted;
}

export function newBatch(birth: BatchBirth, now: number): Batch {
  const counts = { done: 0, repeated: 0, refused: 0, failed: 0 };
  return { ...birth, createdAt: now, version: 1, state: 'running', counts, chunks: 0 };
}

/** Whether the same is asked for, whoever asks. */
export function sameOrder(a: BatchOrder, b: BatchOrder): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** Under this key a job is acted on once for the batch. */
export const requestOf = (batchId: string): string => `batch:${batchId}`;

/** Whether somebody may take it over: `alone`, whoever else had it is dead. */
export function isFree({ state, lease }: Batch, owner: string, now: number, alone: boolean): boolean {
  return state === 'running' && (!lease || lease.owner === owner || alone || lease.until <= now);
}

export function leased(batch: Batch, owner: string, until: number): Batch {
  return { ...batch, version: batch.version + 1, lease: { owner, until } };
}

/** Whoever has it goes, and another may come at once. */
export function letGo({ lease: _, ...batch }: Batch): Batch {
  return { ...batch, version: batch.version + 1 };
}

/** The jobs that are next. None at all: the batch has ended. */
export function planned(batch: Batch, chunk: BatchChunk, now: number): Batch {
  return chunk.jobIds.length > 0 ? { ...batch, version: batch.version + 1, chunk } : ended(batch, 'completed', now);
}

/** The jobs of its chunk that nobody has told of; the next one begins when there are none. */
export function restOf({ chunk }: Batch, results: readonly BatchResult[]): readonly string[] {
  const toldOf = new Set(results.map(({ jobId }) => jobId));
  return chunk?.jobIds.filter((jobId) => !toldOf.has(jobId)) ?? [];
}

/** What became of jobs of its chunk, and which are next: one write for both. A cancelled batch only takes in what had been done. */
export function told(batch: Batch, results: readonly BatchResult[], next: BatchChunk, now: number): Batch {
  const { chunk: _, ...rest } = batch;
  const after = { ...rest, counts: countsWith(batch, results), chunks: batch.chunks + (results.length > 0 ? 1 : 0) };
  return batch.state === 'running' ? planned(after, next, now) : { ...after, version: batch.version + 1 };
}

export function cancelled(batch: Batch, by: string, now: number): Batch {
  return { ...ended(batch, 'cancelled', now), cancelledBy: by };
}

/** A cancelled batch keeps its chunk until whoever works on it has told what was done: nobody else takes it up. */
function ended({ lease: _, ...batch }: Batch, state: 'completed' | 'cancelled', now: number): Batch {
  return { ...batch, version: batch.version + 1, state, endedAt: now };
}

function countsWith({ counts }: Batch, results: readonly BatchResult[]): Batch['counts'] {
  const sums: Record<BatchOutcome, number> = { ...counts };
  for (const { outcome } of results) sums[outcome]++;
  return sums;
}

/** How many jobs it has been through. */
export function passedOf({ counts }: Batch): number {
  return counts.done + counts.repeated + counts.refused + counts.failed;
}

/** So many that a chunk takes about as long as it should. */
export function chunkSizeOf({ ratePerSecond }: BatchOrder): number {
  return Math.max(1, Math.min(batchLimits.chunkJobs, Math.round((ratePerSecond * batchLimits.chunkMs) / 1_000)));
}

/** Milliseconds that are left at the pace so far, or where there is none yet at the most that is allowed. Undefined once it has ended. */
export function remainingMsOf(batch: Batch, now: number): number | undefined {
  if (batch.state !== 'running') return undefined;
  const passed = passedOf(batch);
  const left = Math.max(0, batch.expected.jobs - passed);
  const paceMs = passed > 0 ? (now - batch.createdAt) / passed : 0;
  return left * Math.max(paceMs, 1_000 / batch.order.ratePerSecond);
}
