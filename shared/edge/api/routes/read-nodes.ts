import { nodeCount } from '../../../jobs/index.ts';
import { faulty } from '../answer-call.ts';
import { apiLimits } from '../limits.ts';
import { pageOf, placeOfToken, tokenOfPlace } from '../page.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as nodes from '../schemas/node.ts';
import { jobId, nodeId, pageSize, pageToken } from '../schemas/parameters.ts';
import { nodeDetail, nodeView } from '../views.ts';
import { withJob, withNode } from './with-job.ts';

export const listNodes = defineRoute({
  name: 'listNodes',
  method: 'GET',
  path: '/api/v3/jobs/{job}/nodes',
  tag: 'nodes',
  summary: "List a job's nodes",
  description:
    'Those of the spec in their order, then what was added, items of maps and compensations, without their results.',
  params: { job: jobId },
  query: { size: pageSize, page_token: pageToken },
  answers: { 200: { description: 'Nodes as they are now.', schema: nodes.nodePage } },
  problems: ['job_not_found'],
  handle: ({ path, query }, desk) => {
    const first = query.page_token === undefined ? 0 : placeOfToken(query.page_token);
    if (first === undefined)
      return faulty('invalid_request', [{ path: 'query.page_token', message: 'is no page token of this list' }]);
    return withJob(desk, path.job, (job) => {
      const size = query.size ?? apiLimits.pageSize;
      const end = Math.min(nodeCount(job), first + size);
      const views = Array.from({ length: Math.max(0, end - first) }, (_, place) => nodeView(job, first + place));
      return ok({ nodes: views, page: pageOf(size, end < nodeCount(job) ? tokenOfPlace(end) : undefined) });
    });
  },
});

export const getNode = defineRoute({
  name: 'getNode',
  method: 'GET',
  path: '/api/v3/jobs/{job}/nodes/{node}',
  tag: 'nodes',
  summary: 'Read a node and its result',
  params: { job: jobId, node: nodeId },
  answers: { 200: { description: 'The node as it is now.', schema: nodes.nodeDetail } },
  problems: ['job_not_found', 'node_not_found'],
  handle: ({ path }, desk) => withNode(desk, path.job, path.node, (job, index) => ok(nodeDetail(job, index))),
});
