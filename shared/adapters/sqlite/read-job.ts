import type { DatabaseSync } from 'node:sqlite';
import type { AuditLine, Job } from '../../jobs/index.ts';
import { decodeJob } from '../../jobs/record/index.ts';
import type { DueJob } from '../../ports/index.ts';
import { checkWindowOf } from './schema.ts';

export interface JobReader {
  load(jobId: string): Job | undefined;
  findDue(before: number, limit: number, after?: DueJob): readonly DueJob[];
  readAudit(jobId: string, after: number, limit: number): readonly AuditLine[];
}

/** `count` is told how many rows were read. */
export function createJobReader(database: DatabaseSync, count: (rows: number) => void): JobReader {
  const job = database.prepare('SELECT spec, header, nodes FROM job WHERE id = ?');
  const spec = database.prepare('SELECT body FROM spec WHERE job_id = ?');
  const pages = database.prepare('SELECT body FROM page WHERE job_id = ? ORDER BY no');
  const results = database.prepare('SELECT node, body FROM result WHERE job_id = ?');
  const due = database.prepare(`
    SELECT id, next_check_at FROM job
    WHERE check_window BETWEEN ? AND ? AND next_check_at <= ? AND (next_check_at, id) > (?, ?)
    ORDER BY check_window, next_check_at, id LIMIT ?`);
  const chunks = database.prepare('SELECT lines FROM audit_chunk WHERE job_id = ? AND last_seq > ? ORDER BY last_seq');
  const tail = database.prepare('SELECT audit FROM job WHERE id = ?');

  return {
    load(jobId) {
      const row = job.get(jobId);
      if (!row) return undefined;
      const apart = results.all(jobId);
      const bodies = row['nodes'] === null ? pages.all(jobId).map(({ body }) => String(body)) : [String(row['nodes'])];
      count(1 + apart.length + (row['nodes'] === null ? bodies.length : 0) + (row['spec'] === null ? 1 : 0));
      return decodeJob(jobId, {
        spec: String(row['spec'] ?? spec.get(jobId)!['body']),
        header: String(row['header']),
        pages: bodies,
        results: new Map(apart.map(({ node, body }) => [Number(node), String(body)])),
      });
    },

    findDue(before, limit, after = firstOfAll) {
      const windows = [checkWindowOf(after.nextCheckAt), checkWindowOf(before)];
      const rows = due.all(...windows, before, after.nextCheckAt, after.jobId, limit);
      count(rows.length);
      return rows.map((row) => ({ jobId: String(row['id']), nextCheckAt: Number(row['next_check_at']) }));
    },

    /** Chunks come before the tail, and each is in order. */
    readAudit(jobId, after, limit) {
      const lines: AuditLine[] = [];
      const add = (text: unknown) => {
        for (const line of String(text).split('\n')) {
          if (line === '' || lines.length === limit) continue;
          const parsed = JSON.parse(line) as AuditLine;
          if (parsed.seq > after) lines.push(parsed);
        }
        count(1);
      };
      for (const chunk of chunks.iterate(jobId, after)) {
        add(chunk['lines']);
        if (lines.length === limit) return lines;
      }
      const rest = tail.get(jobId);
      if (rest) add(rest['audit']);
      return lines;
    },
  };
}

/** Before every job that can be due. */
const firstOfAll: DueJob = { nextCheckAt: -1, jobId: '' };
