import { componentsOf } from './cycles.ts';
import type { JobSpec } from './spec.ts';

/** The spec's nodes by index and what leads where. Made once for a spec object; the spec has passed `parseJobSpec`. */
export interface Graph {
  readonly indexOf: ReadonlyMap<string, number>;
  readonly dependencies: readonly (readonly number[])[];
  readonly dependants: readonly (readonly number[])[];
  /** Signal nodes by the name of the signal that they wait for. */
  readonly signals: ReadonlyMap<string, readonly number[]>;
  /** Nodes that nothing depends on. */
  readonly sinks: readonly number[];
}

export interface CriticalPath {
  readonly ms: number;
  readonly nodes: readonly string[];
}

const graphs = new WeakMap<JobSpec, Graph>();

export function graphOf(spec: JobSpec): Graph {
  const known = graphs.get(spec);
  if (known) return known;
  const graph = makeGraph(spec);
  graphs.set(spec, graph);
  return graph;
}

/** `after` has the same nodes, by their ids and in their order, and the same dependencies. */
export function sameGraph(after: JobSpec, before: JobSpec): Graph {
  const graph = graphOf(before);
  graphs.set(after, graph);
  return graph;
}

/** Ids level by level: the nodes of a group need only groups before theirs, and could all run at once. */
export function parallelGroups(spec: JobSpec): string[][] {
  const { dependencies } = graphOf(spec);
  const levels = new Int32Array(dependencies.length);
  for (const node of componentsOf(dependencies).order) {
    for (const dependency of dependencies[node]!) levels[node] = Math.max(levels[node]!, levels[dependency]! + 1);
  }
  const groups: string[][] = [];
  for (const [node, level] of levels.entries()) {
    while (groups.length <= level) groups.push([]);
    groups[level]!.push(spec.nodes[node]!.id);
  }
  return groups;
}

/** The longest way through the job: no number of workers makes it end sooner. */
export function criticalPath(spec: JobSpec, durationOf: (index: number) => number): CriticalPath {
  const { dependencies } = graphOf(spec);
  const ends = new Float64Array(dependencies.length);
  const slowest = new Int32Array(dependencies.length).fill(-1);
  let last = -1;
  for (const node of componentsOf(dependencies).order) {
    for (const dependency of dependencies[node]!) {
      if (slowest[node] === -1 || ends[dependency]! > ends[slowest[node]!]!) slowest[node] = dependency;
    }
    ends[node] = durationOf(node) + (slowest[node] === -1 ? 0 : ends[slowest[node]!]!);
    if (last === -1 || ends[node]! > ends[last]!) last = node;
  }
  const nodes: string[] = [];
  for (let node = last; node !== -1; node = slowest[node]!) nodes.push(spec.nodes[node]!.id);
  return { ms: last === -1 ? 0 : ends[last]!, nodes: nodes.reverse() };
}

function makeGraph(spec: JobSpec): Graph {
  const indexOf = new Map(spec.nodes.map((node, index) => [node.id, index]));
  const dependencies = spec.nodes.map((node) => (node.dependsOn ?? []).map((id) => indexOf.get(id)!));
  const dependants: number[][] = spec.nodes.map(() => []);
  const signals = new Map<string, number[]>();
  for (const [index, node] of spec.nodes.entries()) {
    for (const dependency of dependencies[index]!) dependants[dependency]!.push(index);
    if (node.type !== 'signal') continue;
    const name = node.signal ?? node.id;
    const waiting = signals.get(name);
    if (waiting) waiting.push(index);
    else signals.set(name, [index]);
  }
  const sinks = dependants.flatMap((all, index) => (all.length === 0 ? [index] : []));
  return { indexOf, dependencies, dependants, signals, sinks };
}
