import { z } from 'zod';
import { limits } from '../../../jobs/index.ts';
import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { jsonBody } from './bodies.ts';
import { answeredOf, nodeAction } from './node-action.ts';

const reason = z
  .strictObject({ reason: z.string().max(limits.failureMessageChars).optional() })
  .optional()
  .meta({ id: 'Skip' });

export const skipNode = defineRoute({
  ...nodeAction,
  name: 'skipNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/skip',
  summary: 'Let a job go on without a node',
  description:
    'The node settles as skipped, whatever it is doing: an attempt under way is told to stop, a child job is cancelled, and its dependants follow their join rules. The audit names who did it.',
  body: jsonBody(reason, false),
  answers: {
    200: {
      description: 'It is skipped.',
      schema: nodes.reported,
      headers: { 'Idempotency-Replayed': '`true` when it had been skipped before.' },
    },
  },
  handle: async ({ path, body, by }, { engine }) => {
    const answer = await engine.skip(path.job, path.node, by, body?.reason);
    return answeredOf(answer, path);
  },
});
