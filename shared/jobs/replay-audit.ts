import { assert } from '../core/assert.ts';
import type { AuditLine } from './audit.ts';
import type { Job } from './job.ts';
import { itemAt, nodeAt, nodeCount, nodeIdAt } from './nodes.ts';
import { isSettled, type JobState, type NodeState } from './states.ts';

/** What the audit alone says of a job: its state and, by node id, each node's state and attempt. */
export interface Replayed {
  readonly state: JobState;
  readonly nodes: ReadonlyMap<string, { readonly state: NodeState; readonly attempt: number }>;
}

/** J5: lines in order, from the first. A gap in their numbers is a broken invariant. */
export function replayAudit(nodeIds: readonly string[], lines: readonly AuditLine[]): Replayed {
  const nodes = new Map(nodeIds.map((id) => [id, { state: 'blocked' as NodeState, attempt: 0 }]));
  /** Attempts that items of a list made that was given up, by map. */
  const made = new Map<string, number>();
  let state: JobState = 'pending';
  lines.forEach((line, place) => {
    assert(line.seq === place + 1, `audit line ${place + 1} has the number ${line.seq}`);
    if (line.event === 'mapped') addItems(nodes, line, made.get(line.node!) ?? 0);
    if (line.event === 'reset' && line.items !== undefined) {
      forgetItems(nodes, `${line.node}[`);
      made.set(line.node!, line.attempt ?? 0);
    }
    const before = line.node === undefined ? undefined : nodes.get(line.node);
    if (before && line.to) nodes.set(line.node!, { state: line.to, attempt: line.attempt ?? before.attempt });
    if (endsItems(line)) cancelOpen(nodes, `${line.node}[`);
    for (const id of line.undos ?? []) nodes.set(id, { state: 'blocked', attempt: 0 });
    if (line.event === 'rollbackStarted' && line.node === undefined) cancelUnbegun(nodes);
    if (line.event === 'cancelled' || line.event === 'deadlinePassed') cancelOpen(nodes, '');
    state = line.job ?? state;
  });
  return { state, nodes };
}

/** The same view of a stored job, to compare with. */
export function statesOf(job: Job): Replayed {
  const nodes = new Map<string, { state: NodeState; attempt: number }>();
  for (let index = 0; index < nodeCount(job); index++) {
    const run = nodeAt(job, index);
    if (itemAt(job, index)?.items.isGivenUp) continue;
    nodes.set(nodeIdAt(job, index), {
      state: run.state,
      attempt: run.state === 'blocked' ? (run.lastAttempt ?? 0) : run.attempt,
    });
  }
  return { state: job.header.state, nodes };
}

/** A map that ran out of time, or that an operator skipped, takes its items with it. */
function endsItems(line: AuditLine): boolean {
  return line.event === 'nodeSkipped' || (line.event === 'timedOut' && line.to === 'failed');
}

function addItems(nodes: Map<string, unknown>, { node, items = 0 }: AuditLine, attempt: number): void {
  for (let item = 0; item < items; item++) nodes.set(`${node}[${item}]`, { state: 'blocked', attempt });
}

/** The map makes its list anew. */
function forgetItems(nodes: Map<string, unknown>, prefix: string): void {
  for (const id of nodes.keys()) if (id.startsWith(prefix)) nodes.delete(id);
}

/** A rollback leaves what runs to its end; what it takes out of a wait is told one by one. */
function cancelUnbegun(nodes: Map<string, { state: NodeState; attempt: number }>): void {
  for (const [id, { state, attempt }] of nodes) {
    if (state === 'blocked' || state === 'ready' || state === 'retrying')
      nodes.set(id, { state: 'cancelled', attempt });
  }
}

function cancelOpen(nodes: Map<string, { state: NodeState; attempt: number }>, prefix: string): void {
  for (const [id, { state, attempt }] of nodes) {
    if (id.startsWith(prefix) && !isSettled(state)) nodes.set(id, { state: 'cancelled', attempt });
  }
}
