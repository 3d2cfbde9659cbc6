import { indexOfNode, type Job } from '../../../jobs/index.ts';
import { unknownJob, unknownNode } from '../refusals.ts';
import type { Reply } from '../reply.ts';
import type { Desk } from '../route.ts';

export async function withJob(desk: Desk, jobId: string, say: (job: Job) => Reply | Promise<Reply>): Promise<Reply> {
  const job = await desk.engine.get(jobId);
  return job ? say(job) : unknownJob(jobId);
}

export function withNode(
  desk: Desk,
  jobId: string,
  nodeId: string,
  say: (job: Job, index: number) => Reply,
): Promise<Reply> {
  return withJob(desk, jobId, (job) => {
    const index = indexOfNode(job, nodeId);
    return index === undefined ? unknownNode(job, nodeId) : say(job, index);
  });
}
