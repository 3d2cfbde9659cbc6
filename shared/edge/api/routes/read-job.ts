import { jobDocument } from '../../../jobs/document/index.ts';
import { progressOf, reportOf } from '../../../jobs/report/index.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { jobId } from '../schemas/parameters.ts';
import { jobView } from '../views.ts';
import { withJob } from './with-job.ts';

const common = { method: 'GET', tag: 'jobs', params: { job: jobId }, problems: ['job_not_found'] } as const;

export const getJob = defineRoute({
  ...common,
  name: 'getJob',
  path: '/api/v3/jobs/{job}',
  summary: 'Read a job',
  answers: { 200: { description: 'The job as it is now.', schema: jobs.job } },
  handle: ({ path }, desk) => withJob(desk, path.job, (job) => ok(jobView(job))),
});

export const getSpec = defineRoute({
  ...common,
  name: 'getSpec',
  path: '/api/v3/jobs/{job}/spec',
  summary: 'Read what was submitted',
  description:
    'It is pinned to the job. Durations are milliseconds and defaults stay unsaid; it can be submitted again.',
  answers: { 200: { description: 'A job document.', schema: jobDocument } },
  handle: ({ path }, desk) => withJob(desk, path.job, (job) => ok(job.spec)),
});

export const getProgress = defineRoute({
  ...common,
  name: 'getProgress',
  path: '/api/v3/jobs/{job}/progress',
  summary: 'Read how far a job is and when it may end',
  answers: { 200: { description: 'The progress as it is now.', schema: jobs.progress } },
  handle: ({ path }, desk) => withJob(desk, path.job, (job) => ok(progressOf(job, desk.clock.now()))),
});

export const getReport = defineRoute({
  ...common,
  name: 'getReport',
  path: '/api/v3/jobs/{job}/report',
  summary: 'Read a job in figures',
  description: 'What ran when, and the makespan beside the critical path and the sum of all nodes.',
  answers: { 200: { description: 'The figures as they are now.', schema: jobs.report } },
  handle: ({ path }, desk) =>
    withJob(desk, path.job, (job) => {
      const { reads, writes, deletes, conflicts, fsyncs } = desk.engine.health().store;
      return ok({ ...reportOf(job), store: { reads, writes, deletes, conflicts }, fsyncs });
    }),
});
