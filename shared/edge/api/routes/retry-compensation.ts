import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { answeredOf, operatorNodeAction } from './node-action.ts';
import { askedFor, reasonBody, replayedHeader } from './operator-action.ts';

export const retryCompensation = defineRoute({
  ...operatorNodeAction,
  name: 'retryCompensation',
  path: '/api/v3/jobs/{job}/nodes/{node}/retry-compensation',
  summary: 'Try a failed compensation again',
  description:
    'It gets all its attempts once more. When no other compensation has failed, the rollback goes on by itself; skipping the compensation does the same and leaves standing what its node did.',
  body: reasonBody,
  answers: {
    200: {
      description: 'It is ready to be tried again.',
      schema: nodes.reported,
      headers: replayedHeader,
    },
  },
  handle: async (call, { engine }) => {
    const { job, node } = call.path;
    return answeredOf(await engine.retryCompensation(job, node, askedFor(call)), call.path);
  },
});
