import type { Json } from '../../../core/json.ts';
import type { Failure } from '../../../policy/retry/index.ts';
import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { jsonBody } from './bodies.ts';
import { answeredOf, nodeAction } from './node-action.ts';

/** How the outside tells what became of an attempt that it was given. The attempt's number fences it. */
const common = {
  ...nodeAction,
  answers: {
    200: {
      description: 'It was taken.',
      schema: nodes.reported,
      headers: { 'Idempotency-Replayed': '`true` when this had been reported before.' },
    },
  },
} as const;

export const completeNode = defineRoute({
  ...common,
  name: 'completeNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/complete',
  summary: 'Report that an attempt succeeded',
  body: jsonBody(nodes.completion),
  handle: async ({ path, body }, { engine }) => {
    const answer = await engine.complete(path.job, path.node, body.attempt, (body.result ?? null) as Json);
    return answeredOf(answer, path);
  },
});

export const failNode = defineRoute({
  ...common,
  name: 'failNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/fail',
  summary: 'Report that an attempt failed',
  description: "The node's retry policy decides what follows.",
  body: jsonBody(nodes.failureReport),
  handle: async ({ path, body }, { engine }) => {
    const { retryAfter, ...said } = body.failure;
    const failure = { ...said, ...(retryAfter !== undefined && { retryAfterMs: retryAfter }) } as Failure;
    const answer = await engine.fail(path.job, path.node, body.attempt, failure);
    return answeredOf(answer, path);
  },
});

export const heartbeatNode = defineRoute({
  ...common,
  name: 'heartbeatNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/heartbeat',
  summary: 'Report that an attempt goes on',
  body: jsonBody(nodes.heartbeat),
  handle: async ({ path, body }, { engine }) => {
    const answer = await engine.heartbeat(path.job, path.node, body.attempt);
    return answeredOf(answer, path);
  },
});
