import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import * as retries from '../schemas/retry.ts';
import { jsonBody } from './bodies.ts';
import { answeredOf, operatorNodeAction } from './node-action.ts';
import { askedFor, replayedHeader } from './operator-action.ts';

/** How an operator decides on a scheduled retry in place of its policy. Sent twice without a key, the second is refused with where the node stands. */
const common = {
  ...operatorNodeAction,
  answers: { 200: { description: 'The node after it.', schema: nodes.reported, headers: replayedHeader } },
} as const;

export const retryNode = defineRoute({
  ...common,
  name: 'retryNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/retry',
  summary: 'Make a scheduled retry now',
  description:
    'The node is ready at once, or when its job is resumed. Its policy counts the attempt like any other. The audit names who did it.',
  body: jsonBody(retries.overruling),
  handle: async (call, { engine }) => {
    const { path, body } = call;
    return answeredOf(await engine.retryNow(path.job, path.node, body.attempt, askedFor(call)), path);
  },
});

export const cancelRetry = defineRoute({
  ...common,
  name: 'cancelRetry',
  path: '/api/v3/jobs/{job}/nodes/{node}/cancel-retry',
  summary: 'Cancel a scheduled retry',
  description:
    "The node fails for good with its last failure; what that means for the job is up to the node's `onFailure` and to the join rules behind it. The audit names who did it.",
  body: jsonBody(retries.overruling),
  handle: async (call, { engine }) => {
    const { path, body } = call;
    return answeredOf(await engine.cancelRetry(path.job, path.node, body.attempt, askedFor(call)), path);
  },
});
