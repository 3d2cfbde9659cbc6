import { notAPageToken } from '../core/error.ts';
import {
  type Job,
  type RetryingNode,
  type ScheduledRetry,
  scheduledRetries,
  statesWithRetries,
} from '../jobs/index.ts';
import { isUnreadable } from '../jobs/record/index.ts';
import type { JobStore, JobSummary } from '../ports/index.ts';

export interface RetryQuery {
  /** Only of jobs of this name. */
  readonly name?: string;
  readonly size: number;
  readonly pageToken?: string;
}

export interface RetryPage {
  /** Soonest first. */
  readonly retries: readonly { readonly job: Job; readonly node: number; readonly run: RetryingNode }[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** Retries change with every attempt, so no store has an index of them: they are looked for in the jobs that may have some. */
const limits = {
  /** Jobs in memory together. */
  jobsPerLook: 20,
  /** A page that finds few ends here: each job looked at is a read, and somebody waits for the answer. */
  jobsPerPage: 200,
} as const;

/**
 * Pages go through the jobs as the store lists them, newest first, so that a retry which stands from the first page to the last is on
 * exactly one. A job that cannot be read does not hide the others.
 */
export async function listRetries(
  store: Pick<JobStore, 'list'>,
  load: (jobId: string) => Promise<Job | undefined>,
  { size, name, pageToken }: RetryQuery,
): Promise<RetryPage> {
  const query = { states: statesWithRetries, size: limits.jobsPerLook, ...(name !== undefined && { name }) };
  const found: Found[] = [];
  let place: Place = pageToken === undefined ? {} : decodePlace(pageToken);
  for (let looked = 0; found.length < size && looked < limits.jobsPerPage; looked += limits.jobsPerLook) {
    const { list, after } = place;
    const { jobs, nextPageToken } = await store.list({ ...query, ...(list !== undefined && { pageToken: list }) });
    const more = await retriesIn(jobs, load, after);
    const room = size - found.length;
    found.push(...more.slice(0, room));
    if (more.length > room) return pageOf(found, { ...place, after: placeOf(found.at(-1)!) });
    if (nextPageToken === undefined) return pageOf(found);
    // New jobs may have pushed the place out of its page: it holds until it has been passed.
    place = { ...place, list: nextPageToken };
  }
  return pageOf(found, place);
}

interface Found extends ScheduledRetry {
  readonly job: Job;
}

/** A page of the store's list, from its beginning or behind a retry of one of its jobs. */
interface Place {
  readonly list?: string;
  readonly after?: RetryPlace;
}

interface RetryPlace {
  readonly submittedAt: number;
  readonly jobId: string;
  readonly node: number;
}

async function retriesIn(
  summaries: readonly JobSummary[],
  load: (jobId: string) => Promise<Job | undefined>,
  after?: RetryPlace,
): Promise<Found[]> {
  const left = after ? summaries.filter((each) => !isBefore(each, after)) : summaries;
  const jobs = await Promise.all(left.map(({ jobId }) => load(jobId).catch(passUnreadable)));
  return jobs.flatMap((job) => {
    if (!job) return [];
    const retries = scheduledRetries(job, job.id === after?.jobId ? after.node : undefined);
    return retries.map((each) => ({ ...each, job }));
  });
}

function passUnreadable(error: unknown): undefined {
  if (!isUnreadable(error)) throw error;
}

/** In the order of lists. */
function isBefore({ submittedAt, jobId }: JobSummary, place: RetryPlace): boolean {
  return submittedAt > place.submittedAt || (submittedAt === place.submittedAt && jobId > place.jobId);
}

function placeOf({ job: { id, header }, node }: Found): RetryPlace {
  return { submittedAt: header.submittedAt, jobId: id, node };
}

function pageOf(found: readonly Found[], next?: Place): RetryPage {
  const retries = found.toSorted((a, b) => a.run.retryAt - b.run.retryAt);
  return { retries, ...(next && { nextPageToken: encodePlace(next) }) };
}

function encodePlace({ list, after }: Place): string {
  const parts = [list ?? null, ...(after ? [after.submittedAt, after.jobId, after.node] : [])];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decodePlace(token: string): Place {
  const [list, submittedAt, jobId, node] = partsOf(token);
  const page = typeof list === 'string' ? { list } : {};
  if (typeof submittedAt === 'number' && typeof jobId === 'string' && isIndex(node))
    return { ...page, after: { submittedAt, jobId, node } };
  if (typeof list === 'string' && submittedAt === undefined) return page;
  throw notAPageToken(token);
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function partsOf(token: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
