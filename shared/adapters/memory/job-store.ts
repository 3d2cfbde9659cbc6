import { Heap, type HeapItem } from '../../core/heap.ts';
import { type AuditLine, defaultPriority, fingerprintOf, isFinal, type Job, type JobState } from '../../jobs/index.ts';
import {
  auditBecomesChunk,
  encodePageToken,
  endedWith,
  type ListPlace,
  pageIsInline,
  pagesToWrite,
  placeIn,
  resultsApart,
  specIsInline,
} from '../../jobs/record/index.ts';
import type { DueJob, JobChange, JobQuery, JobStore, JobSummary, Recoveries, StoreUsage } from '../../ports/index.ts';
import { createMemoryRecoveries } from './recoveries.ts';
import { callsPerTurn, createTurns } from './turns.ts';

export interface MemoryStoreOptions {
  /** So many `create` and `commit` calls may pass before the event loop takes a turn; Infinity for a world whose time stands still meanwhile. Default: 64. */
  readonly yieldEvery?: number;
}

export interface MemoryJobStore extends JobStore {
  /** The sessions that its commits wrote. */
  readonly recoveries: Recoveries;
}

/**
 * Jobs in memory, kept by reference: gone with the process, and everything else as promised. Simulations live on it. Its
 * figures are those that the SQLite store would count: a write is a row that one would have written.
 */
export function createMemoryJobStore({ yieldEvery = callsPerTurn }: MemoryStoreOptions = {}): MemoryJobStore {
  const records = new Map<string, StoredRecord>();
  const byKey = new Map<string, StoredRecord>();
  const byAge: StoredRecord[] = [];
  const due = new Heap<StoredRecord>(isDueSooner);
  const usage = { reads: 0, writes: 0, deletes: 0, conflicts: 0, commits: 0, fsyncs: 0 };
  const recoveries = createMemoryRecoveries();
  const nextTurn = createTurns(yieldEvery);

  function keep(record: StoredRecord, job: Job, audit: readonly AuditLine[]): void {
    record.job = job;
    for (const line of audit) record.audit.push(line);
    const { nextCheckAt } = job.header;
    record.dueAt = nextCheckAt ?? Infinity;
    if (nextCheckAt === undefined || isFinal(job.header.state)) due.remove(record);
    else due.put(record);
    usage.commits++;
  }

  return {
    recoveries,

    async create(job, audit, sessions = []) {
      const key = job.header.idempotency?.key;
      const taken = (key === undefined ? undefined : byKey.get(key)) ?? records.get(job.id);
      if (taken) {
        usage.reads++;
        const { idempotency } = taken.job.header;
        return { kind: 'exists', jobId: taken.job.id, ...(idempotency && { idempotency }) };
      }
      const record: StoredRecord = { job, audit: [], dueAt: Infinity, place: -1 };
      records.set(job.id, record);
      if (key !== undefined) byKey.set(key, record);
      byAge.splice(rankByAge(byAge, placeOf(job)), 0, record);
      keep(record, job, audit);
      recoveries.keep(sessions);
      usage.writes += rowsOfNew(job, audit) + sessions.length;
      const turn = nextTurn();
      if (turn) await turn;
      return { kind: 'created' };
    },

    async load(jobId) {
      const record = records.get(jobId);
      if (record) usage.reads += rowsOf(record.job);
      return record?.job;
    },

    async commit(change) {
      const record = records.get(change.before.id);
      const isCurrent = record?.job.header.version === change.before.header.version;
      if (isCurrent) {
        keep(record, change.after, change.audit);
        recoveries.keep(change.sessions);
        usage.writes += rowsOfChange(change);
      } else usage.conflicts++;
      const turn = nextTurn();
      if (turn) await turn;
      return isCurrent ? 'committed' : 'conflict';
    },

    async findDue(before, limit, after) {
      const passed: StoredRecord[] = [];
      const found: DueJob[] = [];
      for (let next = due.peek(); next && next.dueAt <= before && found.length < limit; next = due.peek()) {
        passed.push(due.pop()!);
        if (!after || isBehind(next, after)) found.push(dueJobOf(next));
      }
      for (const record of passed) due.put(record);
      usage.reads += found.length;
      return found;
    },

    async list(query) {
      const jobs: JobSummary[] = [];
      const wanted = matcherOf(query);
      for (let at = startOf(byAge, query) - 1; at >= 0; at--) {
        const { job } = byAge[at]!;
        if (job.header.submittedAt < (query.submittedFrom ?? -Infinity)) break;
        if (!wanted(job)) continue;
        if (jobs.length === query.size) {
          return { jobs, nextPageToken: encodePageToken(jobs.at(-1)!) };
        }
        jobs.push(summaryOf(job));
        usage.reads++;
      }
      return { jobs };
    },

    async readAudit(jobId, after, limit) {
      const lines = records.get(jobId)?.audit ?? [];
      usage.reads++;
      return lines.slice(after, after + limit);
    },

    usage: (): StoreUsage => ({ ...usage }),
  };
}

interface StoredRecord extends HeapItem {
  job: Job;
  /** Line `n` stands at `n - 1`. */
  readonly audit: AuditLine[];
  dueAt: number;
}

function isDueSooner(a: StoredRecord, b: StoredRecord): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.job.id < b.job.id);
}

function isBehind({ dueAt, job }: StoredRecord, { nextCheckAt, jobId }: DueJob): boolean {
  return dueAt > nextCheckAt || (dueAt === nextCheckAt && job.id > jobId);
}

function dueJobOf({ job: { id, header }, dueAt }: StoredRecord): DueJob {
  return { jobId: id, nextCheckAt: dueAt, ...(header.alarmAt !== undefined && { alarmAt: header.alarmAt }) };
}

const placeOf = (job: Job): ListPlace => ({ submittedAt: job.header.submittedAt, jobId: job.id });

/** How many records, oldest first, come before `place`. */
function rankByAge(byAge: readonly StoredRecord[], { submittedAt, jobId }: ListPlace): number {
  let low = 0;
  let high = byAge.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { id, header } = byAge[middle]!.job;
    const isOlder = header.submittedAt < submittedAt || (header.submittedAt === submittedAt && id < jobId);
    if (isOlder) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The records before this one may be in the answer. */
function startOf(byAge: readonly StoredRecord[], { pageToken, submittedBefore }: JobQuery): number {
  const latest =
    submittedBefore === undefined ? byAge.length : rankByAge(byAge, { submittedAt: submittedBefore, jobId: '' });
  const place = placeIn(pageToken);
  return place ? Math.min(latest, rankByAge(byAge, place)) : latest;
}

function matcherOf({ states, name, failureCode, idempotencyKey: key }: JobQuery): (job: Job) => boolean {
  const wanted = states && new Set<JobState>(states);
  return ({ spec, header }) =>
    (!wanted || wanted.has(header.state)) &&
    (name === undefined || spec.name === name) &&
    (failureCode === undefined || endedWith(header) === failureCode) &&
    (key === undefined || header.idempotency?.key === key);
}

function summaryOf({ id, spec, header }: Job): JobSummary {
  return {
    jobId: id,
    name: spec.name,
    state: header.state,
    priority: spec.priority ?? defaultPriority,
    submittedAt: header.submittedAt,
    ...(header.endedAt !== undefined && { endedAt: header.endedAt }),
    fingerprint: fingerprintOf(spec),
    ...(header.parent && { parentJobId: header.parent.jobId }),
  };
}

const rowsOfPages = ({ pages }: Job): number => (pageIsInline(pages) ? 0 : pages.length);
const rowsOf = (job: Job): number => 1 + rowsOfPages(job);

function rowsOfNew(job: Job, audit: readonly AuditLine[]): number {
  const spec = specIsInline(JSON.stringify(job.spec)) ? 0 : 1;
  return rowsOf(job) + spec + resultsApart(job.pages).size + (auditBecomesChunk(0, audit.length) ? 1 : 0);
}

function rowsOfChange({ before, after, pages, results, audit, sessions }: JobChange): number {
  const pageRows = pageIsInline(after.pages) ? 0 : pagesToWrite(before, after, pages).length;
  const resultRows = resultsApart(after.pages, results).size;
  const chunk = auditBecomesChunk(before.header.auditCount, before.header.auditCount + audit.length) ? 1 : 0;
  return 1 + pageRows + resultRows + chunk + sessions.length;
}
