import { assert } from '../core/assert.ts';
import type { AuditLine } from './audit.ts';
import type { Effect } from './event.ts';
import { type Graph, graphOf } from './graph.ts';
import type { BlockedNode, Job, JobHeader, NodePage, NodeRun, RecoverySession } from './job.ts';
import { limits, periods } from './limits.ts';
import { nodeAt, nodeCount, nodeIdAt, pageOf } from './nodes.ts';
import { type JobState, transitions } from './states.ts';

/**
 * The inside of `applyToJob`: a job that may be written to. Pages are copied when they are first touched, so that an event costs
 * as much as its node has neighbours; what is not touched is shared with the job before.
 */
export interface Draft {
  readonly before: Job;
  readonly id: string;
  /** Another one after a redrive with a corrected spec, and the graph with it. */
  spec: Job['spec'];
  graph: Graph;
  /** When the event happened that is being applied. */
  now: number;
  /** After this the message of a ready node counts as lost. */
  readonly requeueMs: number;
  readonly header: Mutable<JobHeader> & { tally: Mutable<JobHeader['tally']> };
  readonly pages: DraftPage[];
  /** Pages that are ours to write to. */
  readonly copied: Set<number>;
  /** Pages whose stored content changed. */
  readonly dirty: Set<number>;
  readonly results: number[];
  readonly audit: Mutable<AuditLine>[];
  readonly effects: Effect[];
  /** Settled nodes whose dependants have not heard yet. */
  readonly settled: number[];
  /** Nodes that may start and have not been looked at yet. */
  readonly entering: number[];
  /** Recovery sessions as this change leaves them, by id. */
  readonly sessions: Map<string, RecoverySession>;
  headerTouched: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface DraftPage extends NodePage {
  nodes: NodeRun[];
  dueAt: number;
  alarmAt: number;
}

export function openDraft(job: Job, now: number, requeueMs: number = periods.requeue): Draft {
  return {
    before: job,
    id: job.id,
    spec: job.spec,
    graph: graphOf(job.spec),
    now,
    requeueMs,
    header: { ...job.header, tally: { ...job.header.tally } },
    pages: job.pages.slice() as DraftPage[],
    copied: new Set(),
    dirty: new Set(),
    results: [],
    audit: [],
    effects: [],
    settled: [],
    entering: [],
    sessions: new Map(),
    headerTouched: false,
  };
}

export function put(draft: Draft, index: number, run: NodeRun): void {
  const { tally } = draft.header;
  const before = nodeAt(draft, index);
  tally[before.state]--;
  tally[run.state]++;
  tally.lost += lostOf(run) - lostOf(before);
  draft.dirty.add(pageOf(index));
  write(draft, index, run);
}

/** For what follows from other nodes and is not stored: the page need not be written. */
export function putDerived(draft: Draft, index: number, run: NodeRun): void {
  write(draft, index, run);
}

/** Adds blocked nodes behind the last one and gives the index of the first. */
export function append(draft: Draft, count: number, past: Pick<BlockedNode, 'lastAttempt' | 'redoAfter'> = {}): number {
  const first = nodeCount(draft);
  for (let index = first; index < first + count; index++) {
    const page = ownPage(draft, pageOf(index));
    page.nodes.push({ state: 'blocked', unsettled: 0, succeeded: 0, ...past });
    draft.dirty.add(pageOf(index));
  }
  draft.header.tally.blocked += count;
  return first;
}

/** J5: every change is told. `node` is an index. */
export function tell(draft: Draft, line: Omit<AuditLine, 'seq' | 'at' | 'node'>, node?: number): void {
  draft.header.auditCount++;
  const where = node === undefined ? undefined : { node: nodeIdAt(draft, node) };
  draft.audit.push({ seq: draft.header.auditCount, at: draft.now, ...line, ...where });
}

/** J1: the only place that changes a job's state. */
export function moveJob(draft: Draft, to: JobState): void {
  const from = draft.header.state;
  if (from === to) return;
  assert(transitions[from].includes(to), `job ${draft.id} may not move from ${from} to ${to}`);
  const line = draft.audit.at(-1);
  assert(line, `job ${draft.id} moved from ${from} to ${to} and nothing was told`);
  draft.header.state = to;
  line.job = to;
}

function write(draft: Draft, index: number, run: NodeRun): void {
  ownPage(draft, pageOf(index)).nodes[index % limits.nodesPerPage] = run;
}

function ownPage(draft: Draft, number: number): DraftPage {
  if (!draft.copied.has(number)) {
    draft.copied.add(number);
    draft.pages[number] = { nodes: draft.pages[number]?.nodes.slice() ?? [], dueAt: Infinity, alarmAt: Infinity };
  }
  return draft.pages[number]!;
}

function lostOf(run: NodeRun): number {
  return (run.state === 'ready' || run.state === 'retrying') && run.lost ? 1 : 0;
}
