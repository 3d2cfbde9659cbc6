import {
  type Checkpoint,
  isFinal,
  isSettled,
  type Job,
  type NodeState,
  nodeAt,
  nodeCount,
  nodeIdAt,
  nodeIndices,
  type RecoverySession,
  undoOf,
} from '../../jobs/index.ts';

/** Recovery sessions and checkpoints as the API shows them. */

/** With its job, nodes have their ids. */
export function recoveryView(session: RecoverySession, job?: Job): Record<string, unknown> {
  const { id, number: _, nodes, ...said } = session;
  return { recoveryId: id, ...said, ...(job && { nodes: nodesOf(session, job).map((node) => nodeIdAt(job, node)) }) };
}

/** What there is to know of the one that acts on a job, of the job itself. */
export function openRecoveryView({ id, state, startedAt, finding, escalation }: RecoverySession) {
  return {
    recoveryId: id,
    state,
    startedAt,
    finding: escalation?.finding ?? finding,
    options: escalation?.options ?? [],
  };
}

export function recoveryProgressView(session: RecoverySession, job: Job): Record<string, unknown> {
  const { id, jobId, state, stepCount, escalation } = session;
  const nodes = nodesOf(session, job).map((node) => ({ id: nodeIdAt(job, node), state: nodeAt(job, node).state }));
  return {
    recoveryId: id,
    jobId,
    state,
    job: job.header.state,
    settled: nodes.filter((node) => isSettled(node.state)).length,
    total: nodes.length,
    nodes,
    steps: stepCount,
    waitsFor: session.endedAt === undefined ? waitOf(session, job) : null,
    options: escalation?.options ?? [],
  };
}

export function checkpointView({ name, at, by, run, kept }: Checkpoint) {
  return { name, at, by, run, outcomes: bitsIn(Buffer.from(kept, 'base64')) };
}

/** Of what has succeeded and stands, or stood: how far it was taken back. */
export function compensationsOf(job: Job) {
  const undos = nodeIndices(job).flatMap((index) => undoOf(job, index) ?? []);
  const count = (state: NodeState) => undos.filter((undo) => nodeAt(job, undo).state === state).length;
  return { total: undos.length, succeeded: count('succeeded'), skipped: count('skipped'), failed: count('failed') };
}

/** A node of a map that made its list anew stays where it was. */
function nodesOf({ nodes }: RecoverySession, job: Job): readonly number[] {
  return nodes.filter((node) => node < nodeCount(job));
}

/** Of those that a recovery is about only some may wait for its answer. */
function isAsked(job: Job, node: number): boolean {
  const run = nodeAt(job, node);
  return job.header.rollback ? run.state === 'failed' : run.state === 'waiting' && run.on.kind === 'decision';
}

function waitOf(session: RecoverySession, job: Job): Record<string, unknown> {
  const { escalation } = session;
  const { paused, rollback, state } = job.header;
  if (escalation) {
    const nodes = nodesOf(session, job).filter((node) => isAsked(job, node));
    const about = { since: escalation.since, nodes: nodes.map((node) => nodeIdAt(job, node)) };
    return { kind: 'answer', ...about, ...(escalation.to && { to: escalation.to }) };
  }
  if (paused) return { kind: 'resume', since: paused.since, by: paused.by };
  if (rollback) {
    const { total, succeeded, skipped } = compensationsOf(job);
    return { kind: 'compensations', total, settled: succeeded + skipped };
  }
  const left = nodesOf(session, job).filter((node) => !isSettled(nodeAt(job, node).state));
  if (left.length === 0 || isFinal(state)) return { kind: 'job' };
  return nextRetry(job, left) ?? { kind: 'nodes', left: left.length };
}

/** Where all that is left waits for a retry. */
function nextRetry(job: Job, left: readonly number[]): Record<string, unknown> | undefined {
  const retries = left.flatMap((node) => {
    const run = nodeAt(job, node);
    return run.state === 'retrying' ? [{ kind: 'retry', node: nodeIdAt(job, node), at: run.retryAt }] : [];
  });
  if (retries.length < left.length) return undefined;
  return retries.sort((a, b) => a.at - b.at)[0];
}

function bitsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}
