import type { Json } from '../../../core/json.ts';
import { indexOfNode, type Job, nodeAt } from '../../../jobs/index.ts';
import type { Failure } from '../../../policy/retry/index.ts';
import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { jobId, nodeId } from '../schemas/parameters.ts';
import { answered, conflicts } from './answered.ts';
import { jsonBody } from './bodies.ts';

/** How the outside tells what became of an attempt that it was given. The attempt's number fences it. */
const common = {
  method: 'POST',
  tag: 'nodes',
  params: { job: jobId, node: nodeId },
  answers: {
    200: {
      description: 'It was taken.',
      schema: nodes.reported,
      headers: { 'Idempotency-Replayed': '`true` when this had been reported before.' },
    },
  },
  problems: ['job_not_found', 'node_not_found', 'store_full', ...conflicts],
} as const;

export const completeNode = defineRoute({
  ...common,
  name: 'completeNode',
  path: '/api/v3/jobs/{job}/nodes/{node}/complete',
  summary: 'Report that an attempt succeeded',
  body: jsonBody(nodes.completion),
  handle: async ({ path, body }, { engine }) => {
    const answer = await engine.complete(path.job, path.node, body.attempt, (body.result ?? null) as Json);
    return answered(answer, { jobId: path.job, nodeId: path.node }, reportedOf(path.node));
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
    return answered(answer, { jobId: path.job, nodeId: path.node }, reportedOf(path.node));
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
    return answered(answer, { jobId: path.job, nodeId: path.node }, reportedOf(path.node));
  },
});

export function reportedOf(nodeId: string): (job: Job) => unknown {
  return (job) => {
    const run = nodeAt(job, indexOfNode(job, nodeId)!);
    return { jobId: job.id, nodeId, attempt: 'attempt' in run ? run.attempt : 0, state: run.state };
  };
}
