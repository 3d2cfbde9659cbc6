import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type AuditLine,
  defaultPriority,
  fingerprintOf,
  type Idempotency,
  isFinal,
  type Job,
  type JobHeader,
  type RecoverySession,
} from '../../jobs/index.ts';
import {
  auditBecomesChunk,
  encodePage,
  endedWith,
  pageIsInline,
  pagesToWrite,
  resultsApart,
  specIsInline,
} from '../../jobs/record/index.ts';
import type { Created, JobChange } from '../../ports/index.ts';
import { checkWindowOf } from './schema.ts';

/** What a write did, and how many rows it touched. */
export interface Written<Verdict> {
  readonly verdict: Verdict;
  readonly reads: number;
  readonly writes: number;
}

export interface JobWriter {
  /** Both encode at once; what they return must run inside a transaction. */
  create(job: Job, audit: readonly AuditLine[], sessions: readonly RecoverySession[]): () => Written<Created>;
  commit(change: JobChange): () => Written<'committed' | 'conflict'>;
}

const conflict = { verdict: 'conflict', reads: 0, writes: 0 } as const;

export function createJobWriter(database: DatabaseSync): JobWriter {
  const insertJob = database.prepare(insertSql);
  const takenKey = database.prepare('SELECT id, header FROM job WHERE idempotency_key = ?');
  const takenId = database.prepare('SELECT id, header FROM job WHERE id = ?');
  const insertSpec = database.prepare('INSERT INTO spec VALUES (?, ?)');
  const putSpec = database.prepare('REPLACE INTO spec VALUES (?, ?)');
  const putPage = database.prepare('REPLACE INTO page VALUES (?, ?, ?)');
  const putResult = database.prepare('REPLACE INTO result VALUES (?, ?, ?)');
  const insertChunk = database.prepare('INSERT INTO audit_chunk VALUES (?, ?, ?)');
  const tailToChunk = database.prepare(
    'INSERT INTO audit_chunk SELECT id, ?, audit || ? FROM job WHERE id = ? AND version = ?',
  );
  const putSession = database.prepare(
    'REPLACE INTO recovery (id, job_id, state, started_at, body) VALUES (?, ?, ?, ?, ?)',
  );
  const updates = new Map<string, StatementSync>();

  function updateOf(columns: string): StatementSync {
    const known = updates.get(columns);
    if (known) return known;
    const update = database.prepare(`UPDATE job SET ${columns} WHERE id = ? AND version = ?`);
    updates.set(columns, update);
    return update;
  }

  function putAll(statement: StatementSync, jobId: string, bodies: ReadonlyMap<number, string>): number {
    for (const [number, body] of bodies) statement.run(jobId, number, body);
    return bodies.size;
  }

  function putSessions(sessions: readonly RecoverySession[]): number {
    for (const session of sessions) {
      const { id, jobId, state, startedAt } = session;
      putSession.run(id, jobId, state, startedAt, JSON.stringify(session));
    }
    return sessions.length;
  }

  function existing(job: Job): Written<Created> {
    const row = takenKey.get(job.header.idempotency?.key ?? null) ?? takenId.get(job.id)!;
    const { idempotency } = JSON.parse(String(row['header'])) as { idempotency?: Idempotency };
    return {
      verdict: { kind: 'exists', jobId: String(row['id']), ...(idempotency && { idempotency }) },
      reads: 1,
      writes: 0,
    };
  }

  return {
    create(job, audit, sessions) {
      const spec = JSON.stringify(job.spec);
      const lines = encodeLines(audit);
      const inChunk = auditBecomesChunk(0, audit.length);
      const inline = pageIsInline(job.pages);
      const pages = new Map(job.pages.map((page, no) => [no, encodePage(page)]));
      const results = resultsApart(job.pages);
      const specText = specIsInline(spec) ? spec : null;
      const row = rowOf(job, specText, inline ? pages.get(0)! : null, inChunk ? '' : lines);
      return () => {
        if (insertJob.run(...row).changes === 0) return existing(job);
        let writes = 1 + putSessions(sessions);
        if (specText === null) writes += Number(insertSpec.run(job.id, spec).changes);
        if (!inline) writes += putAll(putPage, job.id, pages);
        if (inChunk) writes += Number(insertChunk.run(job.id, audit.length, lines).changes);
        return { verdict: { kind: 'created' }, reads: 0, writes: writes + putAll(putResult, job.id, results) };
      };
    },

    commit({ before, after, pages: changed, results: settled, audit, sessions }) {
      const { version } = before.header;
      const inline = pageIsInline(after.pages);
      const pages = new Map<number, string>();
      for (const no of pagesToWrite(before, after, changed))
        pages.set(no, encodePage(after.pages[no]!, before.pages[no]));
      const results = settled.length === 0 ? nothing : resultsApart(after.pages, settled);
      const lines = encodeLines(audit);
      const lastSeq = before.header.auditCount + audit.length;
      const inChunk = auditBecomesChunk(before.header.auditCount, lastSeq);
      const spec = after.spec === before.spec ? undefined : JSON.stringify(after.spec);
      const specApart = spec === undefined || specIsInline(spec) ? undefined : spec;
      const { columns, values } = changesOf(
        before,
        after,
        spec,
        inline ? pages.get(0) : undefined,
        inChunk ? undefined : lines,
      );
      return () => {
        if (inChunk && tailToChunk.run(lastSeq, lines, before.id, version).changes === 0) return conflict;
        if (updateOf(columns).run(...values, before.id, version).changes === 0) return conflict;
        let writes = (inChunk ? 2 : 1) + putSessions(sessions);
        if (specApart !== undefined) writes += Number(putSpec.run(before.id, specApart).changes);
        if (!inline) writes += putAll(putPage, before.id, pages);
        if (results.size > 0) writes += putAll(putResult, before.id, results);
        return { verdict: 'committed', reads: 0, writes };
      };
    },
  };
}

const nothing: ReadonlyMap<number, string> = new Map();

const insertSql = `
  INSERT INTO job (id, version, state, next_check_at, check_window, submitted_at, ended_at, failure_code, priority, name, fingerprint, parent,
    idempotency_key, spec, header, nodes, audit)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

type Value = string | number | null;

function rowOf({ id, spec, header }: Job, specText: string | null, nodes: string | null, audit: string): Value[] {
  return [
    id,
    header.version,
    header.state,
    header.nextCheckAt ?? null,
    windowOf(header),
    header.submittedAt,
    header.endedAt ?? null,
    endedWith(header) ?? null,
    spec.priority ?? defaultPriority,
    spec.name,
    fingerprintOf(spec),
    header.parent?.jobId ?? null,
    header.idempotency?.key ?? null,
    specText,
    JSON.stringify(header),
    nodes,
    audit,
  ];
}

/** Names only columns that change: naming one rewrites every index that holds it. */
function changesOf(
  before: Job,
  { spec: corrected, header, pages }: Job,
  spec: string | undefined,
  nodes: string | undefined,
  lines: string | undefined,
) {
  const was = before.header;
  let columns = 'version = ?, next_check_at = ?, header = ?';
  const values: Value[] = [header.version, header.nextCheckAt ?? null, JSON.stringify(header)];
  const set = (column: string, value: Value) => {
    columns += `, ${column}`;
    values.push(value);
  };
  if (header.state !== was.state) set('state = ?', header.state);
  if (header.endedAt !== was.endedAt) set('ended_at = ?', header.endedAt ?? null);
  if (endedWith(header) !== endedWith(was)) set('failure_code = ?', endedWith(header) ?? null);
  const window = windowOf(header);
  if (window !== windowOf(was)) set('check_window = ?', window);
  if (spec !== undefined) {
    set('spec = ?', specIsInline(spec) ? spec : null);
    set('priority = ?', corrected.priority ?? defaultPriority);
    set('fingerprint = ?', fingerprintOf(corrected));
  }
  if (nodes !== undefined) set('nodes = ?', nodes);
  else if (pageIsInline(before.pages) && !pageIsInline(pages)) columns += ', nodes = NULL';
  if (lines === undefined) columns += `, audit = ''`;
  else if (lines !== '') set('audit = audit || ?', lines);
  return { columns, values };
}

/** A job that is final is never due. */
function windowOf({ state, nextCheckAt }: JobHeader): number | null {
  return nextCheckAt === undefined || isFinal(state) ? null : checkWindowOf(nextCheckAt);
}

function encodeLines(audit: readonly AuditLine[]): string {
  let text = '';
  for (const line of audit) text += `${JSON.stringify(line)}\n`;
  return text;
}
