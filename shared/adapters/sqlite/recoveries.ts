import type { RecoverySession } from '../../jobs/index.ts';
import { encodePageToken, placeIn } from '../../jobs/record/index.ts';
import type { Recoveries, RecoveryQuery } from '../../ports/index.ts';
import type { Room } from './policies.ts';

/** A row for each session, written by the job's commits (`write-job.ts`) and read here. */
export function createSqliteRecoveries({ database, whenOpen }: Pick<Room, 'database' | 'whenOpen'>): Recoveries {
  return {
    async get(recoveryId) {
      const row = whenOpen(() => database.prepare('SELECT body FROM recovery WHERE id = ?').get(recoveryId));
      return row && (JSON.parse(String(row['body'])) as RecoverySession);
    },
    async list(query) {
      const { size } = query;
      const { where, values } = conditionsOf(query);
      const sql = `SELECT body FROM recovery ${where} ORDER BY started_at DESC, id DESC LIMIT ?`;
      const rows = whenOpen(() => database.prepare(sql).all(...values, size + 1));
      const recoveries = rows.slice(0, size).map((row) => JSON.parse(String(row['body'])) as RecoverySession);
      const last = recoveries.at(-1);
      if (!last || rows.length <= size) return { recoveries };
      return { recoveries, nextPageToken: encodePageToken({ submittedAt: last.startedAt, jobId: last.id }) };
    },
  };
}

const open: readonly string[] = ['acting', 'escalated'];

/** Says the condition of the partial index as well: what is under way is asked for most. */
function conditionsOf({ states, jobId, pageToken }: RecoveryQuery) {
  const where: string[] = [];
  const values: (string | number)[] = [];
  if (jobId !== undefined) {
    where.push('job_id = ?');
    values.push(jobId);
  }
  if (states?.every((state) => open.includes(state))) where.push(`state IN ('acting', 'escalated')`);
  if (states) {
    where.push(`state IN (${states.map(() => '?').join(', ')})`);
    values.push(...states);
  }
  const place = placeIn(pageToken);
  if (place) {
    where.push('(started_at, id) < (?, ?)');
    values.push(place.submittedAt, place.jobId);
  }
  return { where: where.length > 0 ? `WHERE ${where.join(' AND ')}` : '', values };
}
