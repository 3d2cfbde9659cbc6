import type { Json } from '../../../core/json.ts';
import { defineRoute } from '../route.ts';
import { anyJson } from '../schemas/common.ts';
import * as jobs from '../schemas/job.ts';
import { idempotencyKey, jobId, signalName } from '../schemas/parameters.ts';
import { jobView } from '../views.ts';
import { answered, conflicts } from './answered.ts';
import { jsonBody } from './bodies.ts';

export const signalJob = defineRoute({
  name: 'signalJob',
  method: 'POST',
  path: '/api/v3/jobs/{job}/signals/{name}',
  tag: 'jobs',
  summary: 'Send a signal to a job',
  description:
    'It lets one node go on that waits for this name, and is kept for one that will. The body becomes the result of that node.',
  params: { job: jobId, name: signalName },
  headers: { 'idempotency-key': idempotencyKey },
  body: jsonBody(anyJson, false),
  answers: {
    200: {
      description: 'The job after it.',
      schema: jobs.job,
      headers: { 'Idempotency-Replayed': '`true` when the signal of this key had been taken in before.' },
    },
  },
  problems: ['job_not_found', 'store_full', ...conflicts],
  handle: async ({ path, body, asked: { request: id, ...asked } }, { engine }) => {
    const signal = { ...asked, name: path.name, data: (body ?? null) as Json, ...(id !== undefined && { id }) };
    return answered(await engine.signal(path.job, signal), { jobId: path.job }, jobView);
  },
});
