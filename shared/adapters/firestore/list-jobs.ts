import { jobStates } from '../../jobs/index.ts';
import { encodePageToken, type ListPlace, newerFirst, placeIn } from '../../jobs/record/index.ts';
import type { JobPage, JobQuery, JobSummary } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { summaryOf } from './job-document.ts';
import { idOf, jobPath, keyPath } from './layout.ts';
import { type ListWish, listQuery, statesPerQuery, summaryFields } from './queries.ts';
import { numberIn, type Timestamp, textIn } from './values.ts';

/** Newest first; the page token names the last job of its page, so that jobs which come meanwhile move nothing. */
export async function listJobs(asker: Asker, query: JobQuery): Promise<JobPage> {
  const place = placeIn(query.pageToken);
  if (query.idempotencyKey !== undefined) return listByKey(asker, query.idempotencyKey, query, place);
  const wishes = wishesOf(query, place);
  // What lists together must be of one moment: a job on its way from one state to another would be in none of them, or in two.
  const readTime = wishes.length > 1 ? (await asker.get([jobPath('-')])).readTime : undefined;
  const groups = await Promise.all(wishes.map((wish) => listOne(asker, wish, readTime)));
  const found = groups.flat().toSorted(newerFirst);
  const page = found.slice(0, query.size);
  const jobs = page.flatMap(({ summary }) => (summary ? [summary] : []));
  const last = page.at(-1);
  return last && found.length > page.length ? { jobs, nextPageToken: encodePageToken(last) } : { jobs };
}

/** A job that cannot be shown has its place all the same, or a page of such jobs would be taken for the last. */
interface Found extends ListPlace {
  readonly summary: JobSummary | undefined;
}

async function listOne(asker: Asker, wish: ListWish, readTime: Timestamp | undefined): Promise<readonly Found[]> {
  const documents = await asker.query({ ...listQuery(wish), ...(readTime && { readTime }) });
  return documents.map((document) => ({
    jobId: idOf(document.path),
    submittedAt: numberIn(document.fields, 'submittedAt')!,
    summary: summaryOf(document),
  }));
}

/** At most one job has the key; its document knows the job. */
async function listByKey(asker: Asker, key: string, query: JobQuery, place?: ListPlace): Promise<JobPage> {
  const path = keyPath(key);
  const holder = (await asker.get([path])).documents.get(path);
  if (!holder) return { jobs: [] };
  const ofJob = jobPath(textIn(holder.fields, 'jobId')!);
  const document = (await asker.get([ofJob], { fields: [...summaryFields, 'failureCode'] })).documents.get(ofJob);
  const { failureCode } = query;
  if (failureCode !== undefined && document && textIn(document.fields, 'failureCode') !== failureCode)
    return { jobs: [] };
  const job = document && summaryOf(document);
  return { jobs: job && isWanted(job, query, place) ? [job].slice(0, query.size) : [] };
}

function isWanted(job: JobSummary, query: JobQuery, place?: ListPlace): boolean {
  return (
    (!query.states || query.states.includes(job.state)) &&
    (query.name === undefined || query.name === job.name) &&
    job.submittedAt >= (query.submittedFrom ?? -Infinity) &&
    job.submittedAt < (query.submittedBefore ?? Infinity) &&
    (!place || newerFirst(place, job) < 0)
  );
}

/** As many states at a time as a query may name; undefined where any will do. */
function statesOf({ states }: JobQuery): readonly (JobQuery['states'] | undefined)[] {
  if (!states || jobStates.every((state) => states.includes(state))) return [undefined];
  const different = [...new Set(states)];
  const groups = Math.ceil(different.length / statesPerQuery);
  return Array.from({ length: groups }, (_, at) => different.slice(at * statesPerQuery, (at + 1) * statesPerQuery));
}

function wishesOf(query: JobQuery, place?: ListPlace): readonly ListWish[] {
  const wish = wishOf(query, place);
  return statesOf(query).map((states) => (states ? { ...wish, states } : wish));
}

function wishOf({ name, failureCode, submittedFrom, submittedBefore, size }: JobQuery, place?: ListPlace): ListWish {
  return {
    ...(name !== undefined && { name }),
    ...(failureCode !== undefined && { failureCode }),
    // A time that is no number, in a schema of another version, has no place in this order: the comparison keeps it out.
    from: submittedFrom ?? 0,
    ...(submittedBefore !== undefined && { before: submittedBefore }),
    ...(place && { after: { submittedAt: place.submittedAt, path: jobPath(place.jobId) } }),
    limit: size + 1,
  };
}
