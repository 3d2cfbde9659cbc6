import type { Batch, BatchResult } from '../../jobs/batch/index.ts';
import { encodePageToken, placeIn } from '../../jobs/record/index.ts';
import type { BatchCreated, Batches } from '../../ports/index.ts';
import type { Changed, Room } from './policies.ts';

/** A row for each batch, written anew with every chunk, and one for the results of each chunk. */
export function createSqliteBatches({ database, whenOpen, write }: Room): Batches {
  function read(batchId: string): Batch | undefined {
    const row = database.prepare('SELECT body FROM batch WHERE id = ?').get(batchId);
    return row && (JSON.parse(String(row['body'])) as Batch);
  }

  function insert(batch: Batch): Changed<BatchCreated> {
    const before = read(batch.id);
    if (before) return { verdict: { kind: 'exists', batch: before }, reads: 1, writes: 0 };
    database
      .prepare('INSERT INTO batch (version, state, body, id, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(batch.version, batch.state, JSON.stringify(batch), batch.id, batch.createdAt);
    return { verdict: { kind: 'created' }, reads: 0, writes: 1 };
  }

  function replace(batch: Batch, results: readonly BatchResult[] | undefined): Changed<'written' | 'conflict'> {
    const { changes } = database
      .prepare('UPDATE batch SET version = ?, state = ?, body = ? WHERE id = ? AND version = ?')
      .run(batch.version, batch.state, JSON.stringify(batch), batch.id, batch.version - 1);
    if (changes === 0) return { verdict: 'conflict', reads: 0, writes: 0 };
    if (!results) return { verdict: 'written', reads: 0, writes: 1 };
    database
      .prepare('INSERT INTO batch_chunk (batch_id, no, results) VALUES (?, ?, ?)')
      .run(batch.id, batch.chunks - 1, JSON.stringify(results));
    return { verdict: 'written', reads: 0, writes: 2 };
  }

  return {
    create: async (batch) => whenOpen(() => write(() => insert(batch))),
    get: async (batchId) => whenOpen(() => read(batchId)),
    write: async (batch, results) => whenOpen(() => write(() => replace(batch, results))),
    async list({ states, size, pageToken }) {
      const { where, values } = conditionsOf(states, pageToken);
      const sql = `SELECT body FROM batch ${where} ORDER BY created_at DESC, id DESC LIMIT ?`;
      const rows = whenOpen(() => database.prepare(sql).all(...values, size + 1));
      const batches = rows.slice(0, size).map((row) => JSON.parse(String(row['body'])) as Batch);
      const last = batches.at(-1);
      if (!last || rows.length <= size) return { batches };
      return { batches, nextPageToken: encodePageToken({ submittedAt: last.createdAt, jobId: last.id }) };
    },
    async readResults(batchId, first, limit) {
      const sql = 'SELECT results FROM batch_chunk WHERE batch_id = ? AND no >= ? ORDER BY no LIMIT ?';
      const rows = whenOpen(() => database.prepare(sql).all(batchId, first, limit));
      return rows.map((row) => JSON.parse(String(row['results'])) as readonly BatchResult[]);
    },
  };
}

/** Says the condition of the partial index as well: the sweep asks for those that run. */
function conditionsOf(states: readonly string[] | undefined, pageToken: string | undefined) {
  const where: string[] = [];
  const values: (string | number)[] = [];
  if (states?.every((state) => state === 'running')) where.push(`state = 'running'`);
  else if (states) {
    where.push(`state IN (${states.map(() => '?').join(', ')})`);
    values.push(...states);
  }
  const place = placeIn(pageToken);
  if (place) {
    where.push('(created_at, id) < (?, ?)');
    values.push(place.submittedAt, place.jobId);
  }
  return { where: where.length > 0 ? `WHERE ${where.join(' AND ')}` : '', values };
}
