import { never } from '../../../core/assert.ts';
import { faulty } from '../answer-call.ts';
import { problem } from '../problem.ts';
import type { JsonReply, Reply } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { idempotencyKey } from '../schemas/parameters.ts';
import { replayed } from './answered.ts';
import { jobBody } from './bodies.ts';

export const submitJob = defineRoute({
  name: 'submitJob',
  method: 'POST',
  path: '/api/v3/jobs',
  tag: 'jobs',
  summary: 'Submit a job',
  description: 'Once this has answered, the job reaches a final state whatever process dies.',
  headers: { 'idempotency-key': idempotencyKey },
  body: jobBody,
  answers: {
    201: { description: 'The job is new.', schema: jobs.submitted, headers: { Location: 'The job.' } },
    200: {
      description: 'The same was submitted before under this key.',
      schema: jobs.submitted,
      headers: { Location: 'The job.', 'Idempotency-Replayed': '`true`' },
    },
  },
  problems: ['invalid_job', 'idempotency_key_reused', 'store_full'],
  async handle({ body, asked: { request: key, trace } }, { engine }): Promise<Reply> {
    const submitted = await engine.submit(body.spec, {
      ...body.asked,
      ...(key !== undefined && { idempotencyKey: key }),
      ...(trace !== undefined && { trace }),
    });
    switch (submitted.kind) {
      case 'created':
        return jobReply(201, submitted.jobId);
      case 'existing':
        return jobReply(200, submitted.jobId, replayed);
      case 'keyReused':
        return problem(
          'idempotency_key_reused',
          `key \`${key ?? ''}\` belongs to job \`${submitted.jobId}\`, which was submitted with another body`,
          {},
          { Location: hrefOf(submitted.jobId) },
        );
      case 'refused':
        return faulty('invalid_job', submitted.faults);
    }
    return never(submitted);
  },
});

function jobReply(status: number, jobId: string, headers: Readonly<Record<string, string>> = {}): JsonReply {
  const href = hrefOf(jobId);
  return { kind: 'json', status, body: { jobId, href }, headers: { Location: href, ...headers } };
}

function hrefOf(jobId: string): string {
  return `/api/v3/jobs/${encodeURIComponent(jobId)}`;
}
