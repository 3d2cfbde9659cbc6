import type { Job, RetryingNode } from './job.ts';
import { nodeAt, nodeCount } from './nodes.ts';
import type { JobState } from './states.ts';

export interface ScheduledRetry {
  /** Index of the node that waits for it. */
  readonly node: number;
  readonly run: RetryingNode;
}

/**
 * The states of jobs that may hold one: `retrying` says that nothing else moves, and beside a node that waits for its retry others may
 * run, be ready, have lost their lease, or the job may be paused. No other state can have one, since each of these goes before it.
 */
export const statesWithRetries = [
  'queued',
  'running',
  'paused',
  'retrying',
  'recovering',
  'rolling_back',
] as const satisfies readonly JobState[];

/** In the order of the nodes, those behind `after`. A job that has none is not looked through. */
export function scheduledRetries(job: Job, after = -1): ScheduledRetry[] {
  const found: ScheduledRetry[] = [];
  const { retrying } = job.header.tally;
  if (retrying === 0) return found;
  for (let node = after + 1; node < nodeCount(job) && found.length < retrying; node++) {
    const run = nodeAt(job, node);
    if (run.state === 'retrying') found.push({ node, run });
  }
  return found;
}
