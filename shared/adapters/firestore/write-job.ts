import type { AuditLine, Job } from '../../jobs/index.ts';
import {
  auditBecomesChunk,
  encodePage,
  nameOfText,
  pageIsInline,
  pagesToWrite,
  resultsApart,
} from '../../jobs/record/index.ts';
import type { JobChange } from '../../ports/index.ts';
import { changingFields, encodeLines, lastingFields, passingFields, specPlace } from './job-document.ts';
import { chunkPath, jobMsMost, jobPath, keyPath, pagePath, sizes } from './layout.ts';
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

/** `onlyKey` says when the job may have its idempotency key. */
export function planCreate(job: Job, audit: readonly AuditLine[], times: Times, onlyKey: Precondition): PlannedJob {
  const expireAt = expireAtOf(times);
  const apart = new Map<string, string>();
  const spec = JSON.stringify(job.spec);
  const place = specPlace(spec, () => nameApart(apart, spec));
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
  const documents = [document, ...keyDocument(job, expireAt, onlyKey), ...besides, ...lines.chunk];
  return { plan: { jobId: job.id, documents, apart, expireAt }, tail: lines.tail };
}

export function planCommit(change: JobChange, basis: Basis, times: Times): PlannedJob {
  const { before, after, pages: changed, results, audit } = change;
  const expireAt = expireAtOf(times);
  const apart = new Map<string, string>();
  if (results.length > 0) for (const text of resultsApart(after.pages, results).values()) nameApart(apart, text);
  const { inDocument, besides } = placePages(after, pagesToWrite(before, after, changed), before, expireAt);
  const lines = placeLines(before.id, basis.tail, audit, before.header.auditCount, expireAt);
  const hasPages = !pageIsInline(after.pages) && after.pages.length !== before.pages.length;
  const leavesPage = pageIsInline(before.pages) && !pageIsInline(after.pages);
  const document: DocumentPlan = {
    path: jobPath(before.id),
    fields: {
      ...changingFields(after.header, times.retentionMs),
      ...(hasPages && { pages: ofWhole(after.pages.length) }),
    },
    texts: {
      header: JSON.stringify(after.header),
      ...inDocument,
      ...((lines.tail !== '' || basis.tail !== '') && { audit: lines.tail }),
    },
    changing: leavesPage ? [...passingFields, 'page', 'pageAt'] : passingFields,
    only: { updateTime: basis.updateTime },
  };
  const documents = [document, ...besides, ...lines.chunk];
  return { plan: { jobId: before.id, documents, apart, expireAt }, tail: lines.tail };
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
