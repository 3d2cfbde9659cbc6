import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import * as retries from '../schemas/retry.ts';
import { jsonBody } from './bodies.ts';
import { answeredOf, nodeAction } from './node-action.ts';

/** How an operator decides on a scheduled retry in place of its policy. Sent twice, the second is refused with where the node stands. */
const common = {
  ...nodeAction,
  answers: { 200: { description: 'The node after it.', schema: nodes.reported } },
} as const;

export const retryNode = defineRoute({
  ...common,
  name: 'retryNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/retry',
  summary: 'Make a scheduled retry now',
  description:
    'The node is ready at once, or when its job is resumed. Its policy counts the attempt like any other. The audit names who did it.',
  body: jsonBody(retries.retryNow),
  handle: async ({ path, body, by }, { engine }) => {
    const answer = await engine.retryNow(path.job, path.node, body.attempt, by);
    return answeredOf(answer, path);
  },
});

export const cancelRetry = defineRoute({
  ...common,
  name: 'cancelRetry',
  path: '/api/v3/jobs/{job}/nodes/{node}/cancel-retry',
  summary: 'Cancel a scheduled retry',
  description:
    "The node fails for good with its last failure; what that means for the job is up to the node's `onFailure` and to the join rules behind it. The audit names who did it.",
  body: jsonBody(retries.retryCancellation),
  handle: async ({ path, body, by }, { engine }) => {
    const answer = await engine.cancelRetry(path.job, path.node, body.attempt, by, body.reason);
    return answeredOf(answer, path);
  },
});
