import type { Batch, BatchResult } from '../../jobs/batch/index.ts';
import { encodePageToken, type ListPlace, newerFirst, placeIn } from '../../jobs/record/index.ts';
import type { Batches } from '../../ports/index.ts';

/** Batches in memory: gone with the process, and everything else as promised. */
export function createMemoryBatches(): Batches {
  const kept = new Map<string, { batch: Batch; readonly chunks: (readonly BatchResult[])[] }>();

  return {
    async create(batch) {
      const taken = kept.get(batch.id);
      if (taken) return { kind: 'exists', batch: taken.batch };
      kept.set(batch.id, { batch, chunks: [] });
      return { kind: 'created' };
    },
    get: async (batchId) => kept.get(batchId)?.batch,
    async write(batch, results) {
      const before = kept.get(batch.id);
      if (before?.batch.version !== batch.version - 1) return 'conflict';
      before.batch = batch;
      if (results) before.chunks[batch.chunks - 1] = results;
      return 'written';
    },
    async list({ states, size, pageToken }) {
      const after = placeIn(pageToken);
      const found = [...kept.values()]
        .map(({ batch }) => batch)
        .filter(
          (batch) => (!states || states.includes(batch.state)) && (!after || newerFirst(after, placeOf(batch)) < 0),
        )
        .sort((a, b) => newerFirst(placeOf(a), placeOf(b)));
      const batches = found.slice(0, size);
      const last = batches.at(-1);
      return last && found.length > size ? { batches, nextPageToken: encodePageToken(placeOf(last)) } : { batches };
    },
    readResults: async (batchId, first, limit) => kept.get(batchId)?.chunks.slice(first, first + limit) ?? [],
  };
}

const placeOf = ({ id, createdAt }: Batch): ListPlace => ({ submittedAt: createdAt, jobId: id });
