import type { Json } from '../core/json.ts';
import { graphOf } from './graph.ts';
import type { JobHeader, NodePage, NodeRun } from './job.ts';
import { limits } from './limits.ts';
import type { ItemSpec, JobSpec, MapNode, NodeSpec } from './spec.ts';

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

export function nodeAt(job: JobView, index: number): NodeRun {
  return job.pages[pageOf(index)]!.nodes[index % limits.nodesPerPage]!;
}

export function hasNode(job: Pick<JobView, 'pages'>, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < nodeCount(job);
}

/** The map that an item belongs to and its place in the list; undefined for a node of the spec. */
export function itemAt(job: JobView, index: number): { map: number; place: number } | undefined {
  if (index < job.spec.nodes.length) return undefined;
  const items = job.header.maps.findLast(({ first }) => first <= index)!;
  return { map: items.node, place: index - items.first };
}

/** For an item this is its map's template, which has no id of its own. */
export function nodeSpecAt(job: JobView, index: number): NodeSpec | ItemSpec {
  const item = itemAt(job, index);
  return item ? (job.spec.nodes[item.map] as MapNode).node : job.spec.nodes[index]!;
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
  const items = job.header.maps.find(({ node }) => node === map);
  const place = Number(item[2]);
  return items && place < items.count ? items.first + place : undefined;
}

/** A map's result is the list of its items' results, null for an item that has none. */
export function resultOf(job: JobView, index: number): Json | undefined {
  const node = nodeAt(job, index);
  if (node.state !== 'succeeded') return undefined;
  const items = nodeSpecAt(job, index).type === 'map' ? job.header.maps.find((each) => each.node === index) : undefined;
  if (!items) return node.result;
  return Array.from({ length: items.count }, (_, place) => resultOf(job, items.first + place) ?? null);
}
