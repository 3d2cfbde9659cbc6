import type { Failure } from '../../policy/retry/index.ts';
import { checkpointNamed } from '../checkpoint.ts';
import { type Draft, put, tell } from '../draft.ts';
import { endEarly } from '../end-job.ts';
import type { RecoveryChoice } from '../event.ts';
import { sameGraph } from '../graph.ts';
import type { NodePast, NodeRun } from '../job.ts';
import type { Again } from '../must-run-again.ts';
import { itemAt, itemsOf, nodeAt, nodeSpecAt, priorityAt } from '../nodes.ts';
import { alarm, makeReady } from '../ready-node.ts';
import { resetNodes } from '../reset-nodes.ts';
import { restoreTo } from '../restore-job.ts';
import { startRollback } from '../rollback-job.ts';
import { attemptsOf, type Line, pastOf, settle } from '../settle-node.ts';
import type { NodeSpec } from '../spec.ts';
import { isSettled } from '../states.ts';

/** What each action of recovery does to a job or to a node of it. Whoever acts says it in a line of his own (`line`). */

type Run = Exclude<NodeRun, { state: 'blocked' }>;

/** New attempts, and as many as the first time: what was counted of the earlier ones is over. */
export function tryAgain(draft: Draft, node: number, { delay = 0 }: Pick<RecoveryChoice, 'delay'>, line: Line): void {
  const run = nodeAt(draft, node) as Run;
  if (!isCall(draft, node)) {
    tell(draft, { ...line, from: run.state, attempt: run.attempt }, node);
    return resetNodes(draft, alone(draft, node));
  }
  const past = freshPast(draft, run);
  const told: Line = { ...line, from: run.state, attempt: past.attempt };
  if (delay === 0) makeReady(draft, node, { ...past, lost: false }, told);
  else putOff(draft, node, past, draft.now + delay, told);
}

function putOff(draft: Draft, node: number, past: NodePast, retryAt: number, told: Line): void {
  const run = nodeAt(draft, node) as Run;
  const failure = failureOf(run) ?? { code: 'requeued', message: 'it was asked to wait' };
  put(draft, node, { state: 'retrying', ...past, retryAt, failure, lost: false });
  tell(draft, { ...told, to: 'retrying', retryAt }, node);
  alarm(draft, retryAt);
}

/** Of a node that has settled its dependants have heard, and a map its items: only what it is called changes. */
export function skipOver(draft: Draft, node: number, by: string, line: Line): void {
  const run = nodeAt(draft, node) as Run;
  const told: Line = { ...line, from: run.state, attempt: run.attempt };
  const ending = { state: 'skipped', ...pastOf(run), skippedBy: by } as const;
  if (!isSettled(run.state) || draft.settled.includes(node)) return settle(draft, node, ending, told);
  put(draft, node, { ...ending, endedAt: draft.now });
  tell(draft, { ...told, to: 'skipped' }, node);
}

/** The node waits until somebody has decided. */
export function askAbout(draft: Draft, node: number, line: Line): void {
  const run = nodeAt(draft, node) as Run;
  const failure = failureOf(run)!;
  put(draft, node, { ...pastOf(run), state: 'waiting', on: { kind: 'decision', failure } });
  tell(draft, { ...line, from: run.state, to: 'waiting', attempt: run.attempt }, node);
}

export function abort(draft: Draft, by: string, because: string): void {
  endEarly(draft, 'aborted', { event: 'cancelled', by, because });
}

/** Who asks has looked whether it can be (`rollbackRefusal`). `failure` is what brought the job to it, unless its nodes say that. */
export function rollBack(draft: Draft, by: string, reason: string, failure?: Failure): void {
  startRollback(draft, { kind: 'rollbackStarted', by, reason });
  const { rollback } = draft.header;
  if (rollback && failure) draft.header.rollback = { ...rollback, failure: rollback.failure ?? failure };
}

/** Who asks has looked whether it can be (`restoreRefusal`). */
export function restore(draft: Draft, name: string | undefined, by: string, because: string): void {
  const checkpoint = checkpointNamed(draft, name);
  if (checkpoint) restoreTo(draft, checkpoint, { event: 'restored', by, because });
}

/** What a node of the spec is asked for from now on; told with what it was before. */
export function redirect(
  draft: Draft,
  node: number,
  { priority, target }: Pick<RecoveryChoice, 'priority' | 'target'>,
  by: string,
): void {
  if (priority === undefined && target === undefined) return;
  const before = draft.spec.nodes[node]!;
  const after = {
    ...(target === undefined ? before : withTarget(before, target)),
    ...(priority !== undefined && { priority }),
  };
  const spec = { ...draft.spec, nodes: draft.spec.nodes.with(node, after) };
  const changes = [
    ...(target === undefined ? [] : [`target \`${targetOf(before)}\` → \`${target}\``]),
    ...(priority === undefined ? [] : [`priority ${priorityAt(draft, node)} → ${priority}`]),
  ];
  tell(draft, { event: 'recoveryActed', by, because: changes.join(', ') }, node);
  draft.graph = sameGraph(spec, draft.spec);
  draft.spec = spec;
}

/** Whether a choice can be about this node: only a call has a target or can be put off, and an item shares both with its map. */
export function canBeAsked(draft: Draft, node: number, { delay, priority, target }: RecoveryChoice): boolean {
  const { type } = nodeSpecAt(draft, node);
  const hasTarget = type === 'http' || type === 'pubsub' || type === 'function';
  if (target !== undefined && !hasTarget) return false;
  if (delay !== undefined && delay > 0 && !isCall(draft, node)) return false;
  return (target === undefined && priority === undefined) || itemAt(draft, node) === undefined;
}

function targetOf(node: NodeSpec): string {
  if (node.type === 'http') return node.url;
  if (node.type === 'pubsub') return node.topic;
  return node.type === 'function' ? node.handler : '';
}

function withTarget(node: NodeSpec, target: string): NodeSpec {
  switch (node.type) {
    case 'http':
      return { ...node, url: target };
    case 'pubsub':
      return { ...node, topic: target };
    case 'function':
      return { ...node, handler: target };
    default:
      return node;
  }
}

function isCall(draft: Draft, node: number): boolean {
  const { type } = nodeSpecAt(draft, node);
  return type === 'http' || type === 'pubsub' || type === 'function' || type === 'job';
}

function freshPast(draft: Draft, run: Run): NodePast {
  const { redoAfter, recovered } = run;
  const kept = { ...(redoAfter !== undefined && { redoAfter }), ...(recovered && { recovered }) };
  return { attempt: attemptsOf(run), failures: 0, leaseLosses: 0, readyAt: draft.now, ...kept };
}

function failureOf(run: Run) {
  if (run.state === 'failed' || run.state === 'retrying') return run.failure;
  return run.state === 'waiting' && run.on.kind === 'decision' ? run.on.failure : undefined;
}

/** The node, and of a map the items that did not succeed. */
function alone(draft: Draft, node: number): Again {
  const { first, count } = itemsOf(draft, node) ?? { first: 0, count: 0 };
  const items = Array.from({ length: count }, (_, place) => first + place);
  const open = items.filter((item) => ['failed', 'cancelled'].includes(nodeAt(draft, item).state));
  return { nodes: new Set([node, ...open]), anew: new Set() };
}
