import { CodedError } from '../../core/error.ts';
import { type Batch, type BatchResult, batchStates } from '../../jobs/batch/index.ts';
import { encodePageToken, placeIn } from '../../jobs/record/index.ts';
import type { Batches } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { batchPath, batchResultsPath, jobMsMost, schemaVersion, shardOf } from './layout.ts';
import { batchesQuery } from './queries.ts';
import { getAll } from './texts.ts';
import { type Fields, ofInstant, ofNumber, ofText, ofWhole, type Precondition, textIn, type Write } from './values.ts';

export interface BatchParts {
  readonly asker: Asker;
  readonly retentionMs: number;
}

/** A document for each batch, read and written once with every chunk, and one for the results of each chunk. */
export function createBatches({ asker, retentionMs }: BatchParts): Batches {
  async function read(batchId: string): Promise<{ readonly batch: Batch; readonly only: Precondition } | undefined> {
    const path = batchPath(batchId);
    const document = (await asker.get([path])).documents.get(path);
    return document && { batch: batchIn(document.fields), only: { updateTime: document.updateTime } };
  }

  function writeOf(batch: Batch, only: Precondition): Write {
    const { id, state, createdAt, endedAt } = batch;
    const fields = {
      schema: ofWhole(schemaVersion),
      shard: ofWhole(shardOf(id)),
      state: ofText(state),
      createdAt: ofNumber(createdAt),
      text: ofText(JSON.stringify(batch)),
      ...(endedAt !== undefined && { expireAt: ofInstant(endedAt + retentionMs) }),
    };
    return { path: batchPath(id), fields, only };
  }

  function chunkOf({ id, chunks, createdAt }: Batch, results: readonly BatchResult[]): Write {
    const expireAt = ofInstant(createdAt + retentionMs + jobMsMost);
    return { path: batchResultsPath(id, chunks - 1), fields: { text: ofText(JSON.stringify(results)), expireAt } };
  }

  return {
    async create(batch) {
      const written = await asker.commit([writeOf(batch, { exists: false })]);
      if (written.kind === 'written') return { kind: 'created' };
      const before = await read(batch.id);
      if (!before) throw new CodedError('store_unavailable', `Batch ${batch.id} could not be made: try again.`);
      return { kind: 'exists', batch: before.batch };
    },
    get: async (batchId) => (await read(batchId))?.batch,
    async write(batch, results) {
      const before = await read(batch.id);
      if (before?.batch.version !== batch.version - 1) return 'conflict';
      const chunk = results ? [chunkOf(batch, results)] : [];
      const written = await asker.commit([writeOf(batch, before.only), ...chunk]);
      return written.kind === 'written' ? 'written' : 'conflict';
    },
    async list({ states = batchStates, size, pageToken }) {
      const place = placeIn(pageToken);
      const after = place && { createdAt: place.submittedAt, path: batchPath(place.jobId) };
      const found = await asker.query(batchesQuery(states, size + 1, after));
      const batches = found.slice(0, size).map(({ fields }) => batchIn(fields));
      const last = batches.at(-1);
      if (!last || found.length <= size) return { batches };
      return { batches, nextPageToken: encodePageToken({ submittedAt: last.createdAt, jobId: last.id }) };
    },
    async readResults(batchId, first, limit) {
      const paths = Array.from({ length: limit }, (_, at) => batchResultsPath(batchId, first + at));
      const found = await getAll(asker, paths);
      return paths.flatMap((path) => {
        const document = found.get(path);
        return document ? [JSON.parse(textIn(document.fields, 'text')!) as readonly BatchResult[]] : [];
      });
    },
  };
}

const batchIn = (fields: Fields): Batch => JSON.parse(textIn(fields, 'text')!) as Batch;
