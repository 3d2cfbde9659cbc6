import { z } from 'zod';
import { limits } from '../../../jobs/index.ts';
import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { jobId, nodeId } from '../schemas/parameters.ts';
import { answered, conflicts } from './answered.ts';
import { jsonBody } from './bodies.ts';
import { reportedOf } from './report-attempt.ts';

const reason = z
  .strictObject({ reason: z.string().max(limits.failureMessageChars).optional() })
  .optional()
  .meta({ id: 'Skip' });

export const skipNode = defineRoute({
  name: 'skipNode',
  method: 'POST',
  path: '/api/v3/jobs/{job}/nodes/{node}/skip',
  tag: 'nodes',
  summary: 'Let a job go on without a node',
  description:
    'The node settles as skipped, whatever it is doing: an attempt under way is told to stop, a child job is cancelled, and its dependants follow their join rules. The audit names who did it.',
  params: { job: jobId, node: nodeId },
  body: jsonBody(reason, false),
  answers: {
    200: {
      description: 'It is skipped.',
      schema: nodes.reported,
      headers: { 'Idempotency-Replayed': '`true` when it had been skipped before.' },
    },
  },
  problems: ['job_not_found', 'node_not_found', 'store_full', ...conflicts],
  handle: async ({ path, body, by }, { engine }) => {
    const answer = await engine.skip(path.job, path.node, by, body?.reason);
    return answered(answer, { jobId: path.job, nodeId: path.node }, reportedOf(path.node));
  },
});
