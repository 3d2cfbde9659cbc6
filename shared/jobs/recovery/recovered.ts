import type { JobHeader } from '../job.ts';
import { type JobView, nodeAt } from '../nodes.ts';
import { runOf } from '../reopen-job.ts';

/** How often rules have restored the job in this run. */
export function restoresOf(header: Pick<JobHeader, 'run' | 'restores'>): number {
  return header.restores?.run === runOf(header) ? header.restores.count : 0;
}

/** Whether rules have had the node tried again in this run of its job: what begins of it is a retry, although its failures are counted anew. */
export function isRecovered(job: JobView, node: number): boolean {
  const { recovered } = nodeAt(job, node) as {
    readonly recovered?: { readonly run: number; readonly used: readonly number[] };
  };
  return recovered?.run === runOf(job.header) && recovered.used.some((times) => times > 0);
}
