import type { Answer } from '../../../engine/engine.ts';
import { indexOfNode, type Job, nodeAt } from '../../../jobs/index.ts';
import type { Reply } from '../reply.ts';
import { jobId, nodeId } from '../schemas/parameters.ts';
import { answered, conflicts } from './answered.ts';
import { operatorAction } from './operator-action.ts';

/** What all routes have in common that do something with one node of a job. */
export const nodeAction = {
  method: 'POST',
  tag: 'nodes',
  params: { job: jobId, node: nodeId },
  problems: ['job_not_found', 'node_not_found', 'store_full', ...conflicts],
} as const;

/** The same where it is an operator who does it. */
export const operatorNodeAction = {
  ...nodeAction,
  headers: operatorAction.headers,
  problems: ['node_not_found', ...operatorAction.problems],
} as const;

/** The engine's answer, with where the node stands after it. */
export function answeredOf(answer: Answer, { job, node }: { readonly job: string; readonly node: string }): Reply {
  return answered(answer, { jobId: job, nodeId: node }, (after) => reportOf(after, node));
}

function reportOf(job: Job, nodeId: string) {
  const run = nodeAt(job, indexOfNode(job, nodeId)!);
  return { jobId: job.id, nodeId, attempt: 'attempt' in run ? run.attempt : 0, state: run.state };
}
