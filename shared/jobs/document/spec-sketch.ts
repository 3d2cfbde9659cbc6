import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { limits } from '../limits.ts';
import type { Step } from '../template/reference-text.ts';

/**
 * What can be told of a job document whatever else is wrong with it. The faults of its graph, references and times are found in the
 * sketch, so that they are named together with those of its form.
 */
export interface JobSketch {
  /** The way to this job within the document: none for the outer one. */
  readonly steps: readonly Step[];
  /** 0 for the outer one. */
  readonly depth: number;
  readonly fields: JsonObject;
  readonly nodes: readonly NodeSketch[];
}

export interface NodeSketch {
  readonly steps: readonly Step[];
  readonly id: string | undefined;
  readonly fields: JsonObject;
  /** Entries that are no texts stand in it too, so that places stay true. */
  readonly dependsOn: readonly Json[];
}

/** The outer job first, then every child job that stands in it, however deep. */
export function jobsIn(document: Json): JobSketch[] {
  const jobs: JobSketch[] = [];
  const found: { value: Json | undefined; steps: readonly Step[]; depth: number }[] = [
    { value: document, steps: [], depth: 0 },
  ];
  for (const { value, steps, depth } of found) {
    if (!isJsonObject(value)) continue;
    const job = { steps, depth, fields: value, nodes: nodesIn(value, steps) };
    jobs.push(job);
    for (const node of job.nodes) {
      const item = node.fields['node'];
      found.push({ value: node.fields['job'], steps: [...node.steps, 'job'], depth: depth + 1 });
      if (isJsonObject(item))
        found.push({ value: item['job'], steps: [...node.steps, 'node', 'job'], depth: depth + 1 });
    }
  }
  return jobs;
}

/** Every part of a job that says how something is run: its nodes, what maps run for their items, and how both are compensated. */
export function workIn({ nodes }: JobSketch): { readonly fields: JsonObject; readonly steps: readonly Step[] }[] {
  const inside = (fields: JsonObject, steps: readonly Step[], name: string) => {
    const part = fields[name];
    return isJsonObject(part) ? [{ fields: part, steps: [...steps, name] }] : [];
  };
  return nodes.flatMap(({ fields, steps }) => {
    const calls = [{ fields, steps }, ...inside(fields, steps, 'node')];
    return calls.flatMap((call) => [call, ...inside(call.fields, call.steps, 'compensate')]);
  });
}

/** None when they are too many to be looked at. */
function nodesIn(job: JsonObject, steps: readonly Step[]): NodeSketch[] {
  const nodes = listOf(job['nodes']);
  if (nodes.length > limits.nodesPerSpec) return [];
  return nodes.map((value, place) => {
    const fields = isJsonObject(value) ? value : {};
    const id = fields['id'];
    return {
      steps: [...steps, 'nodes', place],
      id: typeof id === 'string' ? id : undefined,
      fields,
      dependsOn: listOf(fields['dependsOn']),
    };
  });
}

export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
