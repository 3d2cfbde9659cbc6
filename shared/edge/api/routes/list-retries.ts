import { type Job, nodeIdAt, type ScheduledRetry, scheduledRetries } from '../../../jobs/index.ts';
import { faulty } from '../answer-call.ts';
import { apiLimits } from '../limits.ts';
import { pageOf } from '../page.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { jobId, jobName, pageSize, pageToken } from '../schemas/parameters.ts';
import { retryPage } from '../schemas/retry.ts';
import { withJob } from './with-job.ts';

export const listRetries = defineRoute({
  name: 'listRetries',
  method: 'GET',
  path: '/api/v3/retries',
  tag: 'nodes',
  summary: 'List scheduled retries of all jobs',
  description:
    'Within a page the soonest comes first; from page to page the order is that of their jobs, newest first, and of the nodes in them. A page looks at no more than 200 jobs, so that one with `has_next` may have few retries or none. Each job is as it was stored when its page was made: a retry that stands all the while is on exactly one page; one that is made, moved or settled meanwhile may be missing. What the parcels of a wide job know and have not told it yet is not seen.',
  query: { name: jobName, size: pageSize, page_token: pageToken },
  answers: { 200: { description: 'Nodes that wait for a retry.', schema: retryPage } },
  async handle({ query }, { engine }) {
    const { name, size = apiLimits.pageSize, page_token } = query;
    const { retries, nextPageToken } = await engine.listRetries({
      size,
      ...(name !== undefined && { name }),
      ...(page_token !== undefined && { pageToken: page_token }),
    });
    return ok({ retries: retries.map((each) => retryView(each.job, each)), page: pageOf(size, nextPageToken) });
  },
});

export const listJobRetries = defineRoute({
  name: 'listJobRetries',
  method: 'GET',
  path: '/api/v3/jobs/{job}/retries',
  tag: 'nodes',
  summary: "List a job's scheduled retries, soonest first",
  description: 'The order goes over all pages, and every page is of the job as it is now.',
  params: { job: jobId },
  query: { size: pageSize, page_token: pageToken },
  answers: { 200: { description: 'Nodes that wait for a retry.', schema: retryPage } },
  problems: ['job_not_found'],
  handle: ({ path, query }, desk) => {
    const after = query.page_token === undefined ? undefined : decodeMoment(query.page_token);
    if (query.page_token !== undefined && !after)
      return faulty('invalid_request', [{ path: 'query.page_token', message: 'is no page token of this list' }]);
    return withJob(desk, path.job, (job) => {
      const size = query.size ?? apiLimits.pageSize;
      const left = scheduledRetries(job)
        .map((each) => ({ ...each, moment: [each.run.retryAt, each.node] as const }))
        .filter(({ moment }) => !after || isSooner(after, moment))
        .sort((a, b) => (isSooner(a.moment, b.moment) ? -1 : 1));
      const shown = left.slice(0, size);
      const next = left.length > size ? encodeMoment(shown.at(-1)!.moment) : undefined;
      return ok({ retries: shown.map((each) => retryView(job, each)), page: pageOf(size, next) });
    });
  },
});

function retryView(job: Job, { node, run }: ScheduledRetry): Record<string, unknown> {
  const { attempt, retryAt, failures, failure } = run;
  const { code, message } = failure;
  const names = { jobId: job.id, jobName: job.spec.name, nodeId: nodeIdAt(job, node) };
  return { ...names, attempt, retryAt, failures, failure: { code, message } };
}

/** Where a job's list goes on: a retry that is put off comes again behind it. */
type Moment = readonly [retryAt: number, node: number];

function isSooner(a: Moment, b: Moment): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function encodeMoment([retryAt, node]: Moment): string {
  return Buffer.from(`retry ${retryAt} ${node}`).toString('base64url');
}

function decodeMoment(token: string): Moment | undefined {
  const match = /^retry (\d+(?:\.\d+)?) (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString());
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}
