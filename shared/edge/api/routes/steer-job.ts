import { z } from 'zod';
import { limits } from '../../../jobs/index.ts';
import { defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { jobId } from '../schemas/parameters.ts';
import { jobView } from '../views.ts';
import { answered, conflicts, replayed } from './answered.ts';
import { jsonBody } from './bodies.ts';

const common = {
  method: 'POST',
  tag: 'jobs',
  params: { job: jobId },
  answers: {
    200: {
      description: 'The job after it.',
      schema: jobs.job,
      headers: { [Object.keys(replayed)[0]!]: '`true` when this had been done before.' },
    },
  },
  problems: ['job_not_found', 'store_full', ...conflicts],
} as const;

const reason = z
  .strictObject({ reason: z.string().max(limits.failureMessageChars).optional() })
  .optional()
  .meta({ id: 'Cancellation' });

export const cancelJob = defineRoute({
  ...common,
  name: 'cancelJob',
  path: '/api/v3/jobs/{job}/cancel',
  summary: 'Cancel a job',
  description: 'Attempts under way are told to stop and what they say later changes nothing.',
  body: jsonBody(reason, false),
  handle: async ({ path, body, by }, { engine }) =>
    answered(await engine.cancel(path.job, by, body?.reason), { jobId: path.job }, jobView),
});

export const pauseJob = defineRoute({
  ...common,
  name: 'pauseJob',
  path: '/api/v3/jobs/{job}/pause',
  summary: 'Pause a job',
  description: 'Attempts under way go on to their end; no other starts.',
  handle: async ({ path, by }, { engine }) => answered(await engine.pause(path.job, by), { jobId: path.job }, jobView),
});

export const resumeJob = defineRoute({
  ...common,
  name: 'resumeJob',
  path: '/api/v3/jobs/{job}/resume',
  summary: 'Resume a paused job',
  handle: async ({ path, by }, { engine }) => answered(await engine.resume(path.job, by), { jobId: path.job }, jobView),
});
