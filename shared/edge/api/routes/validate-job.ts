import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { planOf } from '../views.ts';
import { jobBody } from './bodies.ts';

export const validateJob = defineRoute({
  name: 'validateJob',
  method: 'POST',
  path: '/api/v3/jobs/validate',
  tag: 'jobs',
  summary: 'Say what a job amounts to, or everything that is wrong with it',
  description:
    'Nothing is stored. What only an engine can know, such as whether a handler is registered, is said at submit.',
  body: jobBody,
  answers: { 200: { description: 'The job is valid.', schema: jobs.plan } },
  problems: ['invalid_job'],
  handle: ({ body }) => ok(planOf(body.spec)),
});
