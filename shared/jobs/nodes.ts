import type { Json } from '../core/json.ts';
import { graphOf } from './graph.ts';
import type { JobHeader, MapItems, NodePage, NodeRun } from './job.ts';
import { limits } from './limits.ts';
import { defaultPriority, type ItemSpec, type JobSpec, type MapNode, type NodeSpec } from './spec.ts';

/**
 * Finding nodes in a job. A node's index is its place in the spec; items that maps added follow, so an index never changes.
 * Whatever has a spec, a header and pages will do: a job, or the draft of one.
 */
export interface JobView {
  readonly id: string;
  readonly spec: JobSpec;
  readonly header: Pick<JobHeader, 'maps'>;
  readonly pages: readonly NodePage[];
}

export const pageOf = (index: number): number => Math.floor(index / limits.nodesPerPage);

export function nodeCount(job: Pick<JobView, 'pages'>): number {
  const last = job.pages.length - 1;
  return last * limits.nodesPerPage + job.pages[last]!.nodes.length;
}

export function nodeIndices(job: Pick<JobView, 'pages'>): number[] {
  return Array.from({ length: nodeCount(job) }, (_, index) => index);
}

export function nodeAt(job: JobView, index: number): NodeRun {
  return job.pages[pageOf(index)]!.nodes[index % limits.nodesPerPage]!;
}

export function hasNode(job: Pick<JobView, 'pages'>, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < nodeCount(job);
}

/** The map that an item belongs to and its place in the list; undefined for a node of the spec. */
export function itemAt(job: JobView, index: number): { map: number; place: number; items: MapItems } | undefined {
  if (index < job.spec.nodes.length) return undefined;
  const items = itemsWith(job.header.maps, index);
  return { map: items.node, place: index - items.first, items };
}

/** The items that a map has; undefined before it has any. */
export function itemsOf(job: Pick<JobView, 'header'>, map: number): MapItems | undefined {
  const { maps } = job.header;
  if (maps.length === 0) return undefined;
  let byNode = mapsByNode.get(maps);
  if (!byNode) {
    byNode = new Map(maps.map((items) => [items.node, items]));
    mapsByNode.set(maps, byNode);
  }
  return byNode.get(map);
}

/** For an item this is its map's template, which has no id of its own. */
export function nodeSpecAt(job: JobView, index: number): NodeSpec | ItemSpec {
  const item = itemAt(job, index);
  return item ? (job.spec.nodes[item.map] as MapNode).node : job.spec.nodes[index]!;
}

export function priorityAt(job: JobView, index: number): number {
  return nodeSpecAt(job, index).priority ?? job.spec.priority ?? defaultPriority;
}

/** The id that people see: the spec's, or `resize[3]` for the fourth item of the map `resize`. */
export function nodeIdAt(job: JobView, index: number): string {
  const item = itemAt(job, index);
  return item ? `${job.spec.nodes[item.map]!.id}[${item.place}]` : job.spec.nodes[index]!.id;
}

export function indexOfNode(job: JobView, id: string): number | undefined {
  const { indexOf } = graphOf(job.spec);
  const item = /^(.+)\[(\d+)\]$/.exec(id);
  if (!item) return indexOf.get(id);
  const map = indexOf.get(item[1]!);
  const items = map === undefined ? undefined : itemsOf(job, map);
  const place = Number(item[2]);
  return items && place < items.count ? items.first + place : undefined;
}

/** A map's result is the list of its items' results, null for an item that has none. It is made once: what has settled stays. */
export function resultOf(job: JobView, index: number): Json | undefined {
  const node = nodeAt(job, index);
  if (node.state !== 'succeeded') return undefined;
  const items = nodeSpecAt(job, index).type === 'map' ? itemsOf(job, index) : undefined;
  if (!items) return node.result;
  const known = mapResults.get(node);
  if (known) return known;
  const results = Array.from({ length: items.count }, (_, place) => resultOf(job, items.first + place) ?? null);
  mapResults.set(node, results);
  return results;
}

const mapsByNode = new WeakMap<readonly MapItems[], ReadonlyMap<number, MapItems>>();
const mapResults = new WeakMap<NodeRun, readonly Json[]>();

/** The last of the maps that begins no later: they stand in the order of their items. */
function itemsWith(maps: readonly MapItems[], index: number): MapItems {
  let low = 0;
  for (let high = maps.length - 1; low < high; ) {
    const middle = Math.ceil((low + high) / 2);
    if (maps[middle]!.first <= index) low = middle;
    else high = middle - 1;
  }
  return maps[low]!;
}
