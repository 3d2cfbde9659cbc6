import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { answeredOf, operatorNodeAction } from './node-action.ts';
import { askedFor, reasonBody, replayedHeader } from './operator-action.ts';

export const skipNode = defineRoute({
  ...operatorNodeAction,
  name: 'skipNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/skip',
  summary: 'Let a job go on without a node',
  description:
    'The node settles as skipped, whatever it is doing: an attempt under way is told to stop, a child job is cancelled, and its dependants follow their join rules. The audit names who did it.',
  body: reasonBody,
  answers: {
    200: {
      description: 'It is skipped.',
      schema: nodes.reported,
      headers: replayedHeader,
    },
  },
  handle: async (call, { engine }) => {
    const { job, node } = call.path;
    return answeredOf(await engine.skip(job, node, askedFor(call)), call.path);
  },
});
