import { criticalPath } from '../graph.ts';
import type { Job, NodeRun } from '../job.ts';
import { nodeAt, nodeIdAt, nodeIndices, nodeSpecAt } from '../nodes.ts';
import { isSettled, type JobState, type NodeState } from '../states.ts';

/** A job in figures: what ran when, and how far its makespan is from the least that its DAG allows. */
export interface JobReport {
  readonly jobId: string;
  readonly state: JobState;
  /** The spec's nodes in their order, then items that maps added. */
  readonly nodes: readonly NodeReport[];
  /** From the job's start to its end; null before. */
  readonly makespanMs: number | null;
  /** The longest path through the DAG: with any number of executors it would take as long. */
  readonly criticalPathMs: number;
  /** All nodes one after the other. */
  readonly sequentialMs: number;
}

export interface NodeReport {
  readonly id: string;
  readonly state: NodeState;
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export function reportOf(job: Job): JobReport {
  const { state, submittedAt, startedAt = submittedAt, endedAt } = job.header;
  const nodes = nodeIndices(job).map((index) => reportNode(job, index));
  return {
    jobId: job.id,
    state,
    nodes,
    makespanMs: endedAt === undefined ? null : endedAt - startedAt,
    criticalPathMs: criticalPath(job.spec, (index) => weightMsAt(job, index)).ms,
    sequentialMs: nodes.reduce((sum, _, index) => sum + (isMap(job, index) ? 0 : weightMsAt(job, index)), 0),
  };
}

/** From the first start to the end, with the waits between attempts; undefined while it has not both. */
export function measuredMsOf(run: NodeRun): number | undefined {
  return isSettled(run.state) && 'endedAt' in run && run.startedAt !== undefined
    ? run.endedAt - run.startedAt
    : undefined;
}

function reportNode(job: Job, index: number): NodeReport {
  const run = nodeAt(job, index);
  const past = run.state === 'blocked' ? undefined : run;
  return {
    id: nodeIdAt(job, index),
    state: run.state,
    attempts: past?.attempt ?? 0,
    startedAt: past?.startedAt ?? null,
    endedAt: past && 'endedAt' in past ? past.endedAt : null,
  };
}

/** What its spec expects of it, else what was measured. A node that was passed over weighs nothing. */
function weightMsAt(job: Job, index: number): number {
  const run = nodeAt(job, index);
  const measured = measuredMsOf(run);
  if (isSettled(run.state) && measured === undefined) return 0;
  return nodeSpecAt(job, index).expected ?? measured ?? 0;
}

function isMap(job: Job, index: number): boolean {
  return nodeSpecAt(job, index).type === 'map';
}
