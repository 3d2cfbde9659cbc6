import { append, type Draft, put } from './draft.ts';
import type { MapItems, NodePast, WaitingNode } from './job.ts';
import { limits } from './limits.ts';
import { itemAt, itemsOf, nodeAt, nodeCount, nodeIdAt } from './nodes.ts';
import { wait } from './ready-node.ts';
import { seenUnsettled } from './scope.ts';
import { failAtStart, pastOf, settle } from './settle-node.ts';
import type { MapNode } from './spec.ts';
import { isSettled } from './states.ts';

/** A map that starts again after it was reset goes on with the items that it has: those that were not reset stay as they are. */
export function restartItems(draft: Draft, map: number, past: NodePast): void {
  wait(draft, map, past, { kind: 'items', started: 0, unsettled: 0 }, { event: 'unblocked', attempt: past.attempt });
  resumeItems(draft, map);
}

/** Counts the items of a map at work anew and lets as many of them start as it allows. */
export function resumeItems(draft: Draft, map: number): void {
  const run = nodeAt(draft, map);
  const items = itemsOf(draft, map);
  if (run.state !== 'waiting' || !items) return;
  const indices = Array.from({ length: items.count }, (_, place) => items.first + place);
  const open = indices.filter((item) => !isSettled(nodeAt(draft, item).state));
  const blocked = open.filter((item) => nodeAt(draft, item).state === 'blocked');
  const room = ((draft.spec.nodes[map] as MapNode).concurrency ?? items.count) - (open.length - blocked.length);
  const entering = blocked.slice(0, Math.max(0, room));
  const started = (blocked[entering.length] ?? items.first + items.count) - items.first;
  put(draft, map, { ...run, on: { kind: 'items', started, unsettled: open.length } });
  if (open.length === 0) settleMap(draft, items, run);
  for (const item of entering) draft.entering.push(item);
}

/** The list is known: one node for each item is added behind the last node, and the map waits for them. */
export function addItems(draft: Draft, map: number, node: MapNode, count: number, past: NodePast): void {
  const { attempt } = past;
  const tooMany = tooManyItems(draft, count);
  if (tooMany) return failAtStart(draft, map, past, 'too_many_items', tooMany);
  if (count === 0) {
    const line = { event: 'succeeded', attempt, because: 'the list is empty' } as const;
    return settle(draft, map, { state: 'succeeded', ...past, result: [] }, line);
  }
  const seen = seenUnsettled(draft, node.over);
  const items = { node: map, first: append(draft, count, pastOfItems(draft, map)), count, ...(seen && { seen }) };
  draft.header.maps = [...draft.header.maps, items];
  const started = Math.min(count, node.concurrency ?? count);
  wait(draft, map, past, { kind: 'items', started, unsettled: count }, { event: 'mapped', attempt, items: count });
  for (let place = 0; place < started; place++) draft.entering.push(items.first + place);
}

/** Items of an earlier list had the same ids: their attempts must not be taken for those of this one, nor their work for its work. */
function pastOfItems({ header }: Draft, map: number): { lastAttempt?: number; redoAfter?: number } {
  const made = header.maps.flatMap(({ node, lastAttempt = 0 }) => (node === map ? [lastAttempt] : []));
  const lastAttempt = Math.max(0, ...made);
  return lastAttempt > 0 ? { lastAttempt, redoAfter: lastAttempt } : {};
}

/** One item less; the next may start, and after the last the map settles. */
export function itemSettled(draft: Draft, item: number): void {
  const { map, items } = itemAt(draft, item)!;
  const run = nodeAt(draft, map);
  if (run.state !== 'waiting' || run.on.kind !== 'items') return;
  const { unsettled } = run.on;
  const next = nextBlocked(draft, items, run.on.started);
  const started = Math.min(items.count, next + 1);
  put(draft, map, { ...run, on: { kind: 'items', started, unsettled: unsettled - 1 } });
  if (unsettled === 1) settleMap(draft, items, run);
  else if (next < items.count) draft.entering.push(items.first + next);
}

/** After a reset some of those behind have settled already. */
function nextBlocked(draft: Draft, { first, count }: MapItems, from: number): number {
  let place = from;
  while (place < count && nodeAt(draft, first + place).state !== 'blocked') place++;
  return place;
}

function settleMap(draft: Draft, { node: map, first, count }: MapItems, run: WaitingNode): void {
  const past = pastOf(run);
  const failed = failedItems(draft, { node: map, first, count });
  if (failed.length === 0) {
    return settle(draft, map, { state: 'succeeded', ...past }, { event: 'succeeded', attempt: run.attempt });
  }
  const message = `${failed.length} of ${count} items failed, the first is ${nodeIdAt(draft, failed[0]!)}`;
  failAtStart(draft, map, past, 'items_failed', message);
}

function failedItems(draft: Draft, { node: map, first, count }: MapItems): number[] {
  if ((draft.spec.nodes[map] as MapNode).node.onFailure === 'continue') return [];
  const indices = Array.from({ length: count }, (_, place) => first + place);
  return indices.filter((index) => nodeAt(draft, index).state === 'failed');
}

function tooManyItems(draft: Draft, count: number): string | undefined {
  if (count > limits.itemsPerMap) return `the list has ${count} items; a map takes ${limits.itemsPerMap} at most`;
  const nodes = nodeCount(draft) + count;
  return nodes > limits.nodesPerJob
    ? `the job would have ${nodes} nodes; ${limits.nodesPerJob} are the most`
    : undefined;
}
