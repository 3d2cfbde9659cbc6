import { append, type Draft, put } from './draft.ts';
import type { MapItems, NodePast, WaitingNode } from './job.ts';
import { limits } from './limits.ts';
import { itemAt, nodeAt, nodeCount, nodeIdAt } from './nodes.ts';
import { wait } from './ready-node.ts';
import { seenUnsettled } from './scope.ts';
import { failAtStart, pastOf, settle } from './settle-node.ts';
import type { MapNode } from './spec.ts';

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
  const items = { node: map, first: append(draft, count), count, ...(seen && { seen }) };
  draft.header.maps = [...draft.header.maps, items];
  const started = Math.min(count, node.concurrency ?? count);
  wait(draft, map, past, { kind: 'items', started, unsettled: count }, { event: 'mapped', attempt, items: count });
  for (let place = 0; place < started; place++) draft.entering.push(items.first + place);
}

/** One item less; the next may start, and after the last the map settles. */
export function itemSettled(draft: Draft, item: number): void {
  const { map, items } = itemAt(draft, item)!;
  const run = nodeAt(draft, map);
  if (run.state !== 'waiting' || run.on.kind !== 'items') return;
  const { started, unsettled } = run.on;
  const next = Math.min(items.count, started + 1);
  put(draft, map, { ...run, on: { kind: 'items', started: next, unsettled: unsettled - 1 } });
  if (unsettled === 1) settleMap(draft, items, run);
  else if (next > started) draft.entering.push(items.first + started);
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
