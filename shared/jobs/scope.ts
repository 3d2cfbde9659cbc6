import type { Json } from '../core/json.ts';
import { graphOf } from './graph.ts';
import type { MapItems, SeenNode } from './job.ts';
import { itemAt, type JobView, nodeAt, nodeSpecAt, resultOf } from './nodes.ts';
import type { MapNode } from './spec.ts';
import { isSettled } from './states.ts';
import { type Filled, fillTemplate, keptBounds, referencesIn, type Scope } from './template/reference.ts';
import { undoAt } from './undos.ts';

/** What templates of node `index` can refer to. Settled nodes do not change, so what refers to them has the same value for ever. */
export function scopeAt(job: JobView, index?: number): Scope {
  const { name, input } = job.spec;
  const undo = index === undefined ? undefined : undoAt(job, index);
  const item = index === undefined ? undefined : itemAt(job, undo?.of ?? index);
  return {
    node: (id) => nodeInScope(job, id),
    job: { id: job.id, name, ...(input !== undefined && { input }) },
    ...(undo && { self: selfOf(job, undo.of) }),
    ...(item && { item: { value: listOf(job, item.items)[item.place] ?? null, index: item.place } }),
  };
}

/** What a compensation sees of its node: looked up only when it is asked for. */
function selfOf(job: JobView, node: number): NonNullable<Scope['self']> {
  return {
    get result() {
      return resultOf(job, node);
    },
    get input() {
      const input = inputAt(job, node);
      return input.kind === 'filled' ? input.value : undefined;
    },
  };
}

/** What a call is given: the node's input with its references filled in; null when it has none. */
export function inputAt(job: JobView, index: number): Filled {
  return fillTemplate(nodeSpecAt(job, index).input ?? null, scopeAt(job, index), keptBounds);
}

/** What a map's `over` sees now and would see otherwise later, as with `any_succeeded`; undefined when it sees nothing of the kind. */
export function seenUnsettled(job: JobView, over: Json): readonly SeenNode[] | undefined {
  const { indexOf } = graphOf(job.spec);
  const seen = new Map<number, SeenNode>();
  for (const { reference } of referencesIn(over).found) {
    const node = 'node' in reference.root ? indexOf.get(reference.root.node) : undefined;
    if (node === undefined) continue;
    const run = nodeAt(job, node);
    if (isSettled(run.state)) continue;
    const failure = run.state === 'retrying' && { code: run.failure.code, message: run.failure.message };
    seen.set(node, { node, state: run.state, ...(failure && { failure }) });
  }
  return seen.size > 0 ? [...seen.values()] : undefined;
}

/** The result is looked up only when it is asked for: a map's is made of all its items. */
function nodeInScope(job: JobView, id: string): ReturnType<Scope['node']> {
  const index = graphOf(job.spec).indexOf.get(id);
  if (index === undefined) return undefined;
  const run = nodeAt(job, index);
  const failure = run.state === 'failed' || run.state === 'retrying' ? run.failure : undefined;
  return {
    state: run.state,
    get result() {
      return resultOf(job, index);
    },
    ...(failure && { failure }),
  };
}

/** The list that a map works on: the one it started with, whatever has settled since. Made once for all items. */
function listOf(job: JobView, items: MapItems): readonly Json[] {
  const known = lists.get(items);
  if (known) return known;
  const { indexOf } = graphOf(job.spec);
  const seen = new Map(items.seen?.map((each) => [each.node, each]));
  const now = scopeAt(job);
  const then: Scope = { ...now, node: (id) => seen.get(indexOf.get(id) ?? -1) ?? now.node(id) };
  const list = fillTemplate((job.spec.nodes[items.node] as MapNode).over, then);
  if (list.kind !== 'filled' || !Array.isArray(list.value)) return [];
  lists.set(items, list.value);
  return list.value;
}

const lists = new WeakMap<MapItems, readonly Json[]>();
