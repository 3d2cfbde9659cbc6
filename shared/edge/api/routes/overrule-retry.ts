import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { jobId, nodeId } from '../schemas/parameters.ts';
import * as retries from '../schemas/retry.ts';
import { answered, conflicts } from './answered.ts';
import { jsonBody } from './bodies.ts';
import { reportedOf } from './report-attempt.ts';

/** How an operator decides on a scheduled retry in place of its policy. Sent twice, the second is refused with where the node stands. */
const common = {
  method: 'POST',
  tag: 'nodes',
  params: { job: jobId, node: nodeId },
  answers: { 200: { description: 'The node after it.', schema: nodes.reported } },
  problems: ['job_not_found', 'node_not_found', 'store_full', ...conflicts],
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
    return answered(answer, { jobId: path.job, nodeId: path.node }, reportedOf(path.node));
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
    return answered(answer, { jobId: path.job, nodeId: path.node }, reportedOf(path.node));
  },
});
