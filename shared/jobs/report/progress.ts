import { isUndone, undoOf } from '../compensation.ts';
import { criticalPath } from '../graph.ts';
import type { Job, NodeRun } from '../job.ts';
import { itemsOf, nodeAt, nodeCount, nodeIndices, nodeSpecAt } from '../nodes.ts';
import type { ItemSpec, NodeSpec } from '../spec.ts';
import { isFinal, isSettled, type JobState, type NodeState, nodeStates } from '../states.ts';
import { measuredMsOf } from './report.ts';

/**
 * How far a job is. It never goes back: a map's items count as parts of their map, however many there turn out to be. A rollback begins
 * anew, and counts its compensations.
 */
export interface JobProgress {
  readonly jobId: string;
  readonly state: JobState;
  /** Of the spec's nodes, in a rollback of its compensations, 0 to 100; 100 only when the job has ended. */
  readonly percent: number;
  readonly settled: number;
  readonly total: number;
  readonly counts: Readonly<Record<NodeState, number>>;
  /** Since the start, to the end when it has one; null before the start. */
  readonly elapsedMs: number | null;
  /** Null when nothing is known to go by, and for a job that is paused, rolled back or has ended. */
  readonly estimate: Estimate | null;
}

/** The longest way through what is left, with any number of executors. */
export interface Estimate {
  readonly remainingMs: number;
  readonly endsAt: number;
  /** Nodes that nothing is known of; they count as 0, so the more there are the later it will be. */
  readonly unknownNodes: number;
}

export function progressOf(job: Job, now: number): JobProgress {
  const { state, tally, startedAt, endedAt } = job.header;
  const counts = Object.fromEntries(nodeStates.map((each) => [each, tally[each]])) as Record<NodeState, number>;
  return {
    jobId: job.id,
    state,
    percent: percentOf(job),
    settled: nodeStates.reduce((sum, each) => sum + (isSettled(each) ? counts[each] : 0), 0),
    total: nodeCount(job),
    counts,
    elapsedMs: startedAt === undefined ? null : (endedAt ?? now) - startedAt,
    estimate: isFinal(state) || job.header.paused || job.header.rollback ? null : estimate(job, now),
  };
}

function percentOf(job: Job): number {
  if (isFinal(job.header.state)) return 100;
  if (job.header.rollback) return percentTakenBack(job);
  const { nodes } = job.spec;
  const done = nodes.reduce((sum, _, index) => sum + shareDone(job, index), 0);
  return Math.floor((1_000 * done) / nodes.length) / 10;
}

/** Of the compensations; none of them is known before what runs has ended. */
function percentTakenBack(job: Job): number {
  const undos = nodeIndices(job).flatMap((node) => undoOf(job, node) ?? []);
  const over = undos.filter((undo) => isUndone(job, undo)).length;
  return undos.length === 0 ? 0 : Math.floor((1_000 * over) / undos.length) / 10;
}

function shareDone(job: Job, index: number): number {
  const run = nodeAt(job, index);
  if (isSettled(run.state)) return 1;
  if (run.state !== 'waiting' || run.on.kind !== 'items') return 0;
  const items = itemsOf(job, index);
  return items ? 1 - run.on.unsettled / items.count : 0;
}

function estimate(job: Job, now: number): Estimate | null {
  const usualMs = usualDurations(job);
  const left = job.spec.nodes.map((node, index) => remainingMs(node, nodeAt(job, index), now, usualMs));
  const unsettled = left.filter((_, index) => !isSettled(nodeAt(job, index).state));
  const unknownNodes = unsettled.filter((ms) => ms === undefined).length;
  if (unknownNodes === unsettled.length) return null;
  const untilStart = job.header.startedAt === undefined ? Math.max(0, (job.spec.startAt ?? now) - now) : 0;
  const ms = untilStart + criticalPath(job.spec, (index) => left[index] ?? 0).ms;
  return { remainingMs: ms, endsAt: now + ms, unknownNodes };
}

type UsualMs = (node: NodeSpec | ItemSpec) => number | undefined;

function remainingMs(node: NodeSpec, run: NodeRun, now: number, usualMs: UsualMs): number | undefined {
  if (isSettled(run.state)) return 0;
  if (run.state === 'waiting' && run.on.kind === 'time') return Math.max(0, run.on.until - now);
  if (run.state === 'waiting' && run.on.kind === 'items' && node.type === 'map' && node.expected === undefined) {
    const itemMs = usualMs(node.node);
    const rounds = node.concurrency === undefined ? 1 : Math.ceil(run.on.unsettled / node.concurrency);
    return itemMs === undefined ? undefined : itemMs * rounds;
  }
  const usual = usualMs(node);
  if (usual === undefined) return undefined;
  if (run.state === 'retrying') return Math.max(0, run.retryAt - now) + usual;
  const elapsed = 'startedAt' in run && run.startedAt !== undefined ? now - run.startedAt : 0;
  return Math.max(0, usual - elapsed);
}

/** What the spec expects, else the mean of what nodes of the same kind took in this job. */
function usualDurations(job: Job): UsualMs {
  const measured = new Map<string, { sum: number; count: number }>();
  for (let index = 0; index < nodeCount(job); index++) {
    const kind = kindOf(nodeSpecAt(job, index));
    const run = nodeAt(job, index);
    const ms = run.state === 'succeeded' ? measuredMsOf(run) : undefined;
    if (kind === undefined || ms === undefined) continue;
    const { sum, count } = measured.get(kind) ?? { sum: 0, count: 0 };
    measured.set(kind, { sum: sum + ms, count: count + 1 });
  }
  const usualMs: UsualMs = (node) => {
    const mean = measured.get(kindOf(node) ?? '');
    return node.expected ?? durationInSpec(node, usualMs) ?? (mean && mean.sum / mean.count);
  };
  return usualMs;
}

function durationInSpec(node: NodeSpec | ItemSpec, usualMs: UsualMs): number | undefined {
  if (node.type === 'delay') return typeof node.delay === 'number' ? node.delay : undefined;
  return node.type === 'map' ? usualMs(node.node) : undefined;
}

/** What makes two nodes alike; undefined where the past says nothing, as with a person's approval. */
function kindOf(node: NodeSpec | ItemSpec): string | undefined {
  switch (node.type) {
    case 'http':
      return `http ${node.method ?? ''} ${node.url}`;
    case 'pubsub':
      return `pubsub ${node.topic}`;
    case 'function':
      return `function ${node.handler}`;
    case 'job':
      return `job ${node.job.name}`;
    case 'choice':
    case 'delay':
      return node.type;
    case 'map':
    case 'signal':
      return undefined;
  }
}
