import { canonicalJson } from '../core/json.ts';
import { type Draft, openDraft } from './draft.ts';
import { applied, type JobEvent, type Refusal, refused, type Verdict } from './event.ts';
import type { Job } from './job.ts';
import { type Again, isUnfinished, mustRunAgain } from './must-run-again.ts';
import { hasNode, itemAt, itemsOf, nodeAt } from './nodes.ts';
import { isOtherList, type PatchedNodes, type PatchFault, patched, patchFaults } from './patch-spec.ts';
import { reopenJob, reopenRefusal } from './reopen-job.ts';
import { resetNodes } from './reset-nodes.ts';
import type { JobSpec } from './spec.ts';
import { isFinal } from './states.ts';
import { undoAt } from './undos.ts';

type Redriven = Extract<JobEvent, { kind: 'redriven' }>;

/**
 * A job goes on from what keeps it from success: its failed and cancelled nodes run again, and what was skipped because of them; all results
 * are kept. Nodes that are named run again whatever became of them, and all that is built on them. With a corrected spec the nodes that
 * run again are the corrected ones.
 */
export function redriveJob(draft: Draft, event: Redriven): Verdict {
  const refusal = refusalOf(draft, event);
  if (refusal) return refused(refusal);
  const again = runAgain(draft, event);
  const { spec } = event;
  if (spec && faultsOf(draft, spec, again).length > 0) return refused('specDoesNotFit');
  const isOtherOutput = spec !== undefined && canonicalJson(spec.output) !== canonicalJson(draft.spec.output);
  if (again.nodes.size === 0 && isFinal(draft.header.state) && !isOtherOutput) return refused('nothingToRunAgain');
  const corrected = spec && patched(draft.spec, spec, nodesOf(draft, again));
  reopenJob(draft, { event: 'redriven', by: event.by, because: sentenceOf(event, again) }, corrected);
  resetNodes(draft, again, corrected);
  return applied;
}

/** Which nodes the event would run again. */
export function runAgain(draft: Draft, { nodes = [], spec }: Pick<Redriven, 'nodes' | 'spec'>): Again {
  const named = new Set(nodes);
  const isOver = isFinal(draft.header.state);
  const again = mustRunAgain(draft, {
    of(node) {
      if (named.has(node)) return 'void';
      if (hasItemIn(draft, node, named)) return 'redo';
      return isOver && isUnfinished(draft, node) ? 'open' : undefined;
    },
    ofItem: (item) => named.has(item),
  });
  if (!spec) return again;
  const anew = [...again.nodes].filter((node) => !itemAt(draft, node) && isOtherList(draft.spec, spec, node));
  return { nodes: withoutItems(draft, again.nodes, anew), anew: new Set([...again.anew, ...anew]) };
}

/** What is wrong with the event's corrected spec; nothing where it has none. */
export function redriveFaults(job: Job, event: Pick<Redriven, 'nodes' | 'spec'>, now: number): readonly PatchFault[] {
  if (!event.spec) return [];
  const draft = openDraft(job, now);
  return faultsOf(draft, event.spec, runAgain(draft, event));
}

function faultsOf(draft: Draft, spec: JobSpec, again: Again): readonly PatchFault[] {
  return patchFaults(draft.spec, spec, nodesOf(draft, again));
}

/** A node that has not run at all takes a correction as well as one that runs again. */
function nodesOf(draft: Draft, again: Again): PatchedNodes {
  return {
    mayChange: (node) => again.nodes.has(node) || nodeAt(draft, node).state === 'blocked',
    isAtWork: (node) => !again.nodes.has(node) && nodeAt(draft, node).state === 'waiting',
    hasItems: (node) => draft.header.maps.some((items) => items.node === node),
  };
}

function refusalOf(draft: Draft, { nodes = [], spec }: Redriven): Refusal | undefined {
  const { header } = draft;
  if (!nodes.every((node) => isKnown(draft, node))) return 'unknownNode';
  if (header.rollback) return 'rollingBack';
  if (header.recovery) return 'recoveryUnderWay';
  if (!isFinal(header.state) && nodes.length === 0 && !spec) return 'jobIsNotFinal';
  return reopenRefusal(draft, (spec ?? draft.spec).deadline);
}

/** Compensations are a rollback's affair, and items that a map has given up are nobody's. */
function isKnown(draft: Draft, node: number): boolean {
  return hasNode(draft, node) && !undoAt(draft, node) && !itemAt(draft, node)?.items.isGivenUp;
}

/** An item that is named runs again within its map, which then has another result. */
function hasItemIn(draft: Draft, node: number, named: ReadonlySet<number>): boolean {
  const items = named.size === 0 ? undefined : itemsOf(draft, node);
  if (!items) return false;
  return [...named].some((item) => item >= items.first && item < items.first + items.count);
}

function withoutItems(draft: Draft, nodes: ReadonlySet<number>, maps: readonly number[]): ReadonlySet<number> {
  const among = new Set(maps);
  return new Set([...nodes].filter((node) => !among.has(itemAt(draft, node)?.map ?? -1)));
}

function sentenceOf({ nodes = [], spec, reason }: Redriven, again: Again): string {
  const what = nodes.length > 0 ? 'named nodes and what is built on them' : 'what had not succeeded';
  const how = spec ? ', with a corrected spec' : '';
  const why = reason === undefined ? '' : `: ${reason}`;
  const count = again.nodes.size === 1 ? '1 node runs' : `${again.nodes.size} nodes run`;
  return `${count} again, ${what}${how}${why}`;
}
