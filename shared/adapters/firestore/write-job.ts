import type { AuditLine, Job, RecoverySession } from '../../jobs/index.ts';
import {
  auditBecomesChunk,
  encodePage,
  nameOfText,
  pageIsInline,
  pagesToWrite,
  resultsApart,
} from '../../jobs/record/index.ts';
import type { JobChange } from '../../ports/index.ts';
import { changingFields, encodeLines, fieldsOfSpec, lastingFields, passingFields, specPlace } from './job-document.ts';
import { chunkPath, jobMsMost, jobPath, keyPath, pagePath, sizes } from './layout.ts';
import { planSession } from './recoveries.ts';
import { ofInstant, ofText, ofWhole, type Precondition, type Timestamp } from './values.ts';
import type { DocumentPlan, Plan } from './write-plan.ts';

/** What a commit must know of the stored job beside the job itself. */
export interface Basis {
  readonly updateTime: Timestamp;
  /** The audit lines that lie in the job's document. */
  readonly tail: string;
}

export interface PlannedJob {
  /** The job's own document is the first. */
  readonly plan: Plan;
  readonly tail: string;
}

export interface Times {
  readonly now: number;
  readonly retentionMs: number;
}

const expireAtOf = ({ now, retentionMs }: Times) => ofInstant(now + retentionMs + jobMsMost);

export interface NewJob {
  readonly job: Job;
  readonly audit: readonly AuditLine[];
  readonly sessions: readonly RecoverySession[];
}

/** `onlyKey` says when the job may have its idempotency key. */
export function planCreate({ job, audit, sessions }: NewJob, times: Times, onlyKey: Precondition): PlannedJob {
  const expireAt = expireAtOf(times);
  const apart = new Map<string, string>();
  const place = placeOfSpec(job.spec, apart);
  const { inDocument, besides } = placePages(job, [...job.pages.keys()], undefined, expireAt);
  for (const text of resultsApart(job.pages).values()) nameApart(apart, text);
  const lines = placeLines(job.id, '', audit, 0, expireAt);
  const document: DocumentPlan = {
    path: jobPath(job.id),
    fields: {
      ...lastingFields(job),
      ...changingFields(job.header, times.retentionMs),
      ...place.fields,
      ...(!pageIsInline(job.pages) && { pages: ofWhole(job.pages.length) }),
    },
    texts: { header: JSON.stringify(job.header), ...place.texts, ...inDocument, audit: lines.tail },
    only: { exists: false },
  };
  const ofSessions = sessions.map((session) => planSession(session, expireAt));
  const documents = [document, ...keyDocument(job, expireAt, onlyKey), ...besides, ...lines.chunk, ...ofSessions];
  return { plan: { jobId: job.id, documents, apart, expireAt }, tail: lines.tail };
}

export function planCommit(change: JobChange, basis: Basis, times: Times): PlannedJob {
  const { before, after, pages: changed, results, audit, sessions } = change;
  const expireAt = expireAtOf(times);
  const apart = new Map<string, string>();
  if (results.length > 0) for (const text of resultsApart(after.pages, results).values()) nameApart(apart, text);
  const { inDocument, besides } = placePages(after, pagesToWrite(before, after, changed), before, expireAt);
  const lines = placeLines(before.id, basis.tail, audit, before.header.auditCount, expireAt);
  const place = after.spec === before.spec ? undefined : placeOfSpec(after.spec, apart);
  const hasPages = !pageIsInline(after.pages) && after.pages.length !== before.pages.length;
  const leavesPage = pageIsInline(before.pages) && !pageIsInline(after.pages);
  const document: DocumentPlan = {
    path: jobPath(before.id),
    fields: {
      ...changingFields(after.header, times.retentionMs),
      ...(hasPages && { pages: ofWhole(after.pages.length) }),
      ...place?.fields,
      ...(place && fieldsOfSpec(after.spec)),
    },
    texts: {
      header: JSON.stringify(after.header),
      ...place?.texts,
      ...inDocument,
      ...((lines.tail !== '' || basis.tail !== '') && { audit: lines.tail }),
    },
    changing: [...passingFields, ...(leavesPage ? ['page', 'pageAt'] : []), ...(place ? ['spec', 'specAt'] : [])],
    only: { updateTime: basis.updateTime },
  };
  const ofSessions = sessions.map((session) => planSession(session, expireAt));
  const documents = [document, ...besides, ...lines.chunk, ...ofSessions];
  return { plan: { jobId: before.id, documents, apart, expireAt }, tail: lines.tail };
}

/** A job goes on with another one after a redrive with a corrected spec. */
function placeOfSpec(spec: Job['spec'], apart: Map<string, string>): ReturnType<typeof specPlace> {
  const text = JSON.stringify(spec);
  return specPlace(text, () => nameApart(apart, text));
}

function nameApart(apart: Map<string, string>, text: string): string {
  const name = nameOfText(text);
  apart.set(name, text);
  return name;
}

/** The page of a job that has one lies in its document. */
function placePages(
  job: Job,
  changed: readonly number[],
  before: Job | undefined,
  expireAt: ReturnType<typeof ofInstant>,
) {
  const textOf = (no: number) => encodePage(job.pages[no]!, before?.pages[no]);
  if (pageIsInline(job.pages)) return { inDocument: changed.includes(0) ? { page: textOf(0) } : {}, besides: [] };
  const besides = changed.map(
    (no): DocumentPlan => ({ path: pagePath(job.id, no), fields: { expireAt }, texts: { text: textOf(no) } }),
  );
  return { inDocument: {}, besides };
}

/** New lines join those in the job's document, or all of them move to a chunk. */
function placeLines(
  jobId: string,
  tail: string,
  audit: readonly AuditLine[],
  countBefore: number,
  expireAt: ReturnType<typeof ofInstant>,
): { tail: string; chunk: DocumentPlan[] } {
  const lines = tail + encodeLines(audit);
  const lastSeq = countBefore + audit.length;
  const staysShort = Buffer.byteLength(lines) <= sizes.auditTail;
  if (audit.length === 0 || (staysShort && !auditBecomesChunk(countBefore, lastSeq))) return { tail: lines, chunk: [] };
  return { tail: '', chunk: [{ path: chunkPath(jobId, lastSeq), fields: { expireAt }, texts: { text: lines } }] };
}

function keyDocument(job: Job, expireAt: ReturnType<typeof ofInstant>, only: Precondition): DocumentPlan[] {
  const { idempotency } = job.header;
  if (!idempotency) return [];
  const fields = { jobId: ofText(job.id), fingerprint: ofText(idempotency.fingerprint), expireAt };
  return [{ path: keyPath(idempotency.key), fields, texts: {}, only }];
}
