import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { isFinal, type JobState } from '../../jobs/index.ts';
import { encodePageToken, placeIn } from '../../jobs/record/index.ts';
import type { JobPage, JobQuery, JobSummary } from '../../ports/index.ts';

/** Newest first; the page token names the last job of its page, so that jobs which come meanwhile move nothing. */
export function listJobs(database: DatabaseSync, query: JobQuery): JobPage {
  const { where, values } = conditionsOf(query);
  const rows = database
    .prepare(
      `SELECT id, name, state, priority, submitted_at, ended_at, fingerprint, parent FROM job
       ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY submitted_at DESC, id DESC LIMIT ?`,
    )
    .all(...values, query.size + 1);
  const jobs = rows.slice(0, query.size).map(summaryOf);
  return rows.length > query.size && jobs.length > 0
    ? { jobs, nextPageToken: encodePageToken(jobs.at(-1)!) }
    : { jobs };
}

function conditionsOf(query: JobQuery): { where: string[]; values: (string | number)[] } {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, ...given: (string | number)[]) => {
    where.push(condition);
    values.push(...given);
  };
  if (query.states) addStates(query.states, add);
  if (query.name !== undefined) add('name = ?', query.name);
  if (query.failureCode !== undefined) add('failure_code = ?', query.failureCode);
  if (query.idempotencyKey !== undefined) add('idempotency_key = ?', query.idempotencyKey);
  if (query.submittedFrom !== undefined) add('submitted_at >= ?', query.submittedFrom);
  if (query.submittedBefore !== undefined) add('submitted_at < ?', query.submittedBefore);
  const place = placeIn(query.pageToken);
  if (place) add('(submitted_at, id) < (?, ?)', place.submittedAt, place.jobId);
  return { where, values };
}

/** Says the condition of a partial index as well, so that SQLite may use it. */
function addStates(states: readonly JobState[], add: (condition: string, ...given: string[]) => void): void {
  add(`state IN (${states.map(() => '?').join(', ')})`, ...states);
  if (states.every((state) => !isFinal(state))) add('ended_at IS NULL');
  else if (states.every((state) => state === 'failed' || state === 'aborted')) add(`state IN ('failed', 'aborted')`);
}

function summaryOf(row: Record<string, SQLOutputValue>): JobSummary {
  return {
    jobId: String(row['id']),
    name: String(row['name']),
    state: row['state'] as JobState,
    priority: Number(row['priority']),
    submittedAt: Number(row['submitted_at']),
    ...(row['ended_at'] !== null && { endedAt: Number(row['ended_at']) }),
    fingerprint: String(row['fingerprint']),
    ...(row['parent'] !== null && { parentJobId: String(row['parent']) }),
  };
}
