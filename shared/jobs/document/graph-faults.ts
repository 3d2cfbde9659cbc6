import { isJsonObject, type Json } from '../../core/json.ts';
import { findCycles } from '../cycles.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { pathText } from './fault.ts';
import { type JobSketch, listOf, type NodeSketch } from './spec-sketch.ts';
import { didYouMean } from './suggestion.ts';

/** As much of the graph as the document shows: of two nodes with one id the first, of dependencies those that exist. */
export interface SketchGraph {
  readonly indexOf: ReadonlyMap<string, number>;
  readonly dependencies: readonly (readonly number[])[];
}

export function readGraph(job: JobSketch, faults: FaultList): SketchGraph {
  const indexOf = readIds(job, faults);
  const dependencies = job.nodes.map((node) => readDependencies(node, indexOf, faults));
  const graph = { indexOf, dependencies };
  addCycleFaults(job, graph, faults);
  for (const [index, node] of job.nodes.entries()) addChoiceFaults(job, index, node, graph, faults);
  return graph;
}

function readIds(job: JobSketch, faults: FaultList): Map<string, number> {
  const indexOf = new Map<string, number>();
  for (const [index, { id, steps }] of job.nodes.entries()) {
    if (id === undefined) continue;
    const first = indexOf.get(id);
    if (first === undefined) indexOf.set(id, index);
    else faults.add([...steps, 'id'], () => `\`${id}\` is the id of ${pathText(job.nodes[first]!.steps)}, too`);
  }
  return indexOf;
}

function readDependencies(node: NodeSketch, indexOf: ReadonlyMap<string, number>, faults: FaultList): number[] {
  const known = new Set<number>();
  for (const [place, id] of node.dependsOn.entries()) {
    if (typeof id !== 'string') continue;
    const index = indexOf.get(id);
    const fault = (message: string | (() => string)) => faults.add([...node.steps, 'dependsOn', place], message);
    if (id === node.id) fault(`node \`${id}\` depends on itself`);
    else if (index === undefined) fault(() => `there is no node \`${id}\`${didYouMean(id, indexOf.keys())}`);
    else if (known.has(index)) fault(`\`${id}\` is named twice`);
    else known.add(index);
  }
  return [...known];
}

/** The fault stands where the cycle's first node names the last. */
function addCycleFaults(job: JobSketch, { indexOf, dependencies }: SketchGraph, faults: FaultList): void {
  const ids = job.nodes.map(({ id }) => id ?? '');
  for (const cycle of findCycles(ids, dependencies)) {
    const first = job.nodes[indexOf.get(cycle[0]!)!]!;
    const place = first.dependsOn.indexOf(cycle.at(-2)!);
    faults.add([...first.steps, 'dependsOn', place], () => `closes a cycle: ${cycle.join(' → ')}`);
  }
}

function addChoiceFaults(job: JobSketch, index: number, node: NodeSketch, graph: SketchGraph, faults: FaultList): void {
  if (node.fields['type'] !== 'choice') return;
  for (const [place, choice] of listOf(node.fields['choices']).entries()) {
    if (isJsonObject(choice))
      addTargetFaults(job, index, choice['then'], [...node.steps, 'choices', place, 'then'], graph, faults);
  }
  addTargetFaults(job, index, node.fields['otherwise'], [...node.steps, 'otherwise'], graph, faults);
}

function addTargetFaults(
  job: JobSketch,
  choice: number,
  targets: Json | undefined,
  steps: readonly Step[],
  { indexOf, dependencies }: SketchGraph,
  faults: FaultList,
): void {
  const named = new Set<Json>();
  for (const [place, id] of (typeof targets === 'string' ? [targets] : listOf(targets)).entries()) {
    if (typeof id !== 'string') continue;
    const target = indexOf.get(id);
    const at = typeof targets === 'string' ? steps : [...steps, place];
    if (target === undefined) faults.add(at, () => `there is no node \`${id}\`${didYouMean(id, indexOf.keys())}`);
    else if (!dependencies[target]!.includes(choice)) {
      faults.add(at, `\`${id}\` does not depend on the choice \`${job.nodes[choice]!.id}\``);
    } else if (named.has(id)) faults.add(at, `\`${id}\` is named twice`);
    named.add(id);
  }
}
