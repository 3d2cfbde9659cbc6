import { apiLimits } from '../limits.ts';
import { pageOf } from '../page.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { failureCode, jobName, pageSize, pageToken, states, time } from '../schemas/parameters.ts';

export const listJobs = defineRoute({
  name: 'listJobs',
  method: 'GET',
  path: '/api/v3/jobs',
  tag: 'jobs',
  summary: 'List jobs, newest first',
  query: { state: states, name: jobName, failureCode, from: time, to: time, size: pageSize, page_token: pageToken },
  answers: { 200: { description: 'Jobs submitted at or after `from` and before `to`.', schema: jobs.jobPage } },
  async handle({ query }, { engine }) {
    const size = query.size ?? apiLimits.pageSize;
    const { jobs, nextPageToken } = await engine.list({
      size,
      ...(query.state !== undefined && { states: query.state }),
      ...(query.name !== undefined && { name: query.name }),
      ...(query.failureCode !== undefined && { failureCode: query.failureCode }),
      ...(query.from !== undefined && { submittedFrom: query.from }),
      ...(query.to !== undefined && { submittedBefore: query.to }),
      ...(query.page_token !== undefined && { pageToken: query.page_token }),
    });
    return ok({ jobs, page: pageOf(size, nextPageToken) });
  },
});
