import type { Json } from '../core/json.ts';
import { graphOf } from './graph.ts';
import { itemAt, type JobView, nodeAt, nodeSpecAt, resultOf } from './nodes.ts';
import type { MapNode } from './spec.ts';
import { type Filled, fillTemplate, type Scope } from './template/reference.ts';

/** What templates of node `index` can refer to. Settled nodes do not change, so the same template gives the same value for ever. */
export function scopeAt(job: JobView, index?: number): Scope {
  const { name, input } = job.spec;
  const item = index === undefined ? undefined : itemAt(job, index);
  return {
    node: (id) => nodeInScope(job, id),
    job: { id: job.id, name, ...(input !== undefined && { input }) },
    ...(item && { item: { value: listOf(job, item.map)[item.place] ?? null, index: item.place } }),
  };
}

/** What a call is given: the node's input with its references filled in; null when it has none. */
export function inputAt(job: JobView, index: number): Filled {
  return fillTemplate(nodeSpecAt(job, index).input ?? null, scopeAt(job, index));
}

function nodeInScope(job: JobView, id: string): ReturnType<Scope['node']> {
  const index = graphOf(job.spec).indexOf.get(id);
  if (index === undefined) return undefined;
  const run = nodeAt(job, index);
  const result = resultOf(job, index);
  const failure = run.state === 'failed' || run.state === 'retrying' ? run.failure : undefined;
  return { state: run.state, ...(result !== undefined && { result }), ...(failure && { failure }) };
}

function listOf(job: JobView, map: number): readonly Json[] {
  const list = fillTemplate((job.spec.nodes[map] as MapNode).over, scopeAt(job));
  return list.kind === 'filled' && Array.isArray(list.value) ? list.value : [];
}
