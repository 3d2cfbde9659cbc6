import type { Json } from '../core/json.ts';
import { graphOf } from './graph.ts';
import type { JobHeader, MapItems, NodePage, NodeRun } from './job.ts';
import { limits } from './limits.ts';
import { defaultPriority, type ItemSpec, type JobSpec, type MapNode, type NodeSpec } from './spec.ts';
import { undoAt, undosNamed } from './undos.ts';

/**
 * Finding nodes in a job. A node's index is its place in the spec; items that maps added and compensations follow, so an index never changes.
 * Whatever has a spec, a header and pages will do: a job, or the draft of one.
 */
export interface JobView {
  readonly id: string;
  readonly spec: JobSpec;
  readonly header: Pick<JobHeader, 'maps' | 'rollbacks' | 'run'>;
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

/** The map that an item belongs to and its place in the list; undefined for a node of the spec, and for a compensation. */
export function itemAt(job: JobView, index: number): { map: number; place: number; items: MapItems } | undefined {
  if (index < job.spec.nodes.length || undoAt(job, index)) return undefined;
  const items = itemsWith(job.header.maps, index);
  return { map: items.node, place: index - items.first, items };
}

/** The items that a map has; undefined before it has any. Those that it gave up are nobody's. */
export function itemsOf(job: Pick<JobView, 'header'>, map: number): MapItems | undefined {
  const { maps } = job.header;
  if (maps.length === 0) return undefined;
  let byNode = mapsByNode.get(maps);
  if (!byNode) {
    byNode = new Map(maps.flatMap((items) => (items.isGivenUp ? [] : [[items.node, items]])));
    mapsByNode.set(maps, byNode);
  }
  return byNode.get(map);
}

/** For an item this is its map's template, which has no id of its own; for a compensation what its node says of it. */
export function nodeSpecAt(job: JobView, index: number): NodeSpec | ItemSpec {
  const undo = undoAt(job, index);
  if (undo) return compensationIn(nodeSpecAt(job, undo.of));
  const item = itemAt(job, index);
  return item ? (job.spec.nodes[item.map] as MapNode).node : job.spec.nodes[index]!;
}

/** What a patched spec says nothing of any more was carried out before. */
function compensationIn(spec: NodeSpec | ItemSpec): NodeSpec | ItemSpec {
  return 'compensate' in spec && spec.compensate ? spec.compensate : spec;
}

/** A compensation is as urgent as its node, unless it says so itself. */
export function priorityAt(job: JobView, index: number): number {
  const undo = undoAt(job, index);
  return (
    nodeSpecAt(job, index).priority ??
    (undo && nodeSpecAt(job, undo.of).priority) ??
    job.spec.priority ??
    defaultPriority
  );
}

/** The id that people see: the spec's, or `resize[3]` for the fourth item of the map `resize`; `resize[3]~12` once that list was given up; `undo(pay)` for a compensation, `undo(pay)~2` for that of its second success. */
export function nodeIdAt(job: JobView, index: number): string {
  const undo = undoAt(job, index);
  if (undo) return `undo(${nameAt(job, undo.of)})${undo.ordinal === 1 ? '' : `~${undo.ordinal}`}`;
  const item = itemAt(job, index);
  return item?.items.isGivenUp ? `${nameAt(job, index)}~${item.items.first}` : nameAt(job, index);
}

/** The same for all lists that a map has made. */
function nameAt(job: JobView, index: number): string {
  const item = itemAt(job, index);
  return item ? `${job.spec.nodes[item.map]!.id}[${item.place}]` : job.spec.nodes[index]!.id;
}

export function indexOfNode(job: JobView, id: string): number | undefined {
  const { indexOf } = graphOf(job.spec);
  const undo = /^undo\((.+?)(?:\[(\d+)\])?\)(?:~(\d+))?$/.exec(id);
  if (undo) {
    const of = indexOf.get(undo[1]!);
    const place = undo[2] === undefined ? undefined : Number(undo[2]);
    return of === undefined ? undefined : undosNamed(job, of, place)[Number(undo[3] ?? 1) - 1];
  }
  const item = /^(.+)\[(\d+)\](?:~(\d+))?$/.exec(id);
  if (!item) return indexOf.get(id);
  const map = indexOf.get(item[1]!);
  const gone = item[3] === undefined ? undefined : Number(item[3]);
  const items = map === undefined ? undefined : gone === undefined ? itemsOf(job, map) : givenUp(job, map, gone);
  const place = Number(item[2]);
  return items && place < items.count ? items.first + place : undefined;
}

function givenUp({ header }: JobView, map: number, from: number): MapItems | undefined {
  return header.maps.find(({ node, first, isGivenUp }) => isGivenUp && node === map && first === from);
}

/** Also of an item that its map has given up since, and has no other in its place. */
export function lastIndexOf(job: JobView, id: string): number | undefined {
  const known = indexOfNode(job, id);
  if (known !== undefined) return known;
  const gone = job.header.maps.findLast(
    ({ isGivenUp, node, count }) => isGivenUp && isItem(job.spec, { node, count }, id),
  );
  return gone && gone.first + Number(/(\d+)\]$/.exec(id)![1]);
}

function isItem({ nodes }: JobSpec, { node, count }: Pick<MapItems, 'node' | 'count'>, id: string): boolean {
  const item = /^(.+)\[(\d+)\]$/.exec(id);
  return item?.[1] === nodes[node]!.id && Number(item[2]) < count;
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
