import { type BatchOrder, batchLimits, type Counted } from '../jobs/batch/index.ts';
import type { JobState } from '../jobs/index.ts';
import { type Foreseen, foresee } from './foresee.ts';
import { type BatchNeeds, queryOf } from './run-batch.ts';
import { tryAgain } from './try-again.ts';

export interface BatchCount {
  readonly expected: Counted;
  /** Those that were counted. */
  readonly byState: Readonly<Partial<Record<JobState, number>>>;
  /** The newest of them. */
  readonly first: readonly string[];
}

/** What would become of one job. */
export interface BatchShown extends Foreseen {
  readonly jobId: string;
  readonly name: string;
  readonly state: JobState;
}

const listSize = 500;

/** The jobs that the order would be carried out on if it were made now, counted up to a limit. */
export async function countJobs(
  { parts, settings }: Pick<BatchNeeds, 'parts' | 'settings'>,
  order: BatchOrder,
  now: number,
): Promise<BatchCount> {
  const query = { ...queryOf(order, now), size: listSize };
  const byState: Partial<Record<JobState, number>> = {};
  const first: string[] = [];
  let jobs = 0;
  for (let pageToken: string | undefined; ; ) {
    const asked = pageToken === undefined ? query : { ...query, pageToken };
    const page = await tryAgain(parts, settings.storePatienceMs, () => parts.store.list(asked));
    if (pageToken === undefined) first.push(...page.jobs.slice(0, batchLimits.shown).map(({ jobId }) => jobId));
    for (const { state } of page.jobs) byState[state] = (byState[state] ?? 0) + 1;
    jobs += page.jobs.length;
    pageToken = page.nextPageToken;
    const isMore = pageToken !== undefined;
    if (!isMore || jobs >= batchLimits.counted) return { expected: { jobs, isMore }, byState, first };
  }
}

/** None of a job that has gone meanwhile. */
export async function showJob(
  { parts, jobs }: BatchNeeds,
  jobId: string,
  order: BatchOrder,
  by: string,
): Promise<readonly BatchShown[]> {
  const job = await jobs.read(jobId);
  if (!job) return [];
  const foreseen = foresee(job, order, by, parts.clock.now());
  return [{ jobId, name: job.spec.name, state: job.header.state, ...foreseen }];
}
