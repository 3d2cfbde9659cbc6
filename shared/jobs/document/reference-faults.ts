import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { referencesIn } from '../template/reference.ts';
import type { ReferenceRoot, Step } from '../template/reference-text.ts';
import { comesBefore } from './ancestry.ts';
import type { FaultList } from './fault.ts';
import type { SketchGraph } from './graph-faults.ts';
import { type JobSketch, listOf } from './spec-sketch.ts';
import { didYouMean } from './suggestion.ts';

/** Fields of nodes that are templates; conditions come on top. */
const templateFields = ['input', 'url', 'headers', 'body', 'topic', 'attributes', 'delay', 'over', 'when'] as const;

/** References that are malformed, name what is not there, or look ahead. */
export function addReferenceFaults(job: JobSketch, graph: SketchGraph, faults: FaultList): void {
  const uses: NodeUse[] = [];
  for (const [index, { fields, steps, id }] of job.nodes.entries()) {
    for (const template of templatesOf(fields, steps, inNode)) look(template, index, id, graph, uses, faults);
  }
  const output = job.fields['output'];
  if (output !== undefined)
    look({ value: output, steps: [...job.steps, 'output'], of: inNode }, -1, undefined, graph, [], faults);

  const answers = comesBefore(graph.dependencies, uses);
  for (const [place, { steps, id, node }] of uses.entries()) {
    if (answers[place] || dependsOnUnknown(job, node, graph)) continue;
    faults.add(steps, `refers to \`${id}\`, which does not come before it`);
  }
}

interface Template {
  readonly value: Json;
  readonly steps: readonly Step[];
  readonly of: Place;
}

/** What a template stands in decides what it may refer to. */
interface Place {
  readonly inMap: boolean;
  readonly inCompensation: boolean;
}
const inNode: Place = { inMap: false, inCompensation: false };

/** A node looks at another that must have come before it. */
interface NodeUse {
  readonly node: number;
  readonly earlier: number;
  readonly id: string;
  readonly steps: readonly Step[];
}

function templatesOf(fields: JsonObject, steps: readonly Step[], of: Place): Template[] {
  const templates: Template[] = [];
  for (const name of templateFields) {
    const value = fields[name];
    if (value !== undefined) templates.push({ value, steps: [...steps, name], of });
  }
  for (const [place, choice] of listOf(fields['choices']).entries()) {
    const value = isJsonObject(choice) ? choice['when'] : undefined;
    if (value !== undefined) templates.push({ value, steps: [...steps, 'choices', place, 'when'], of });
  }
  const item = fields['node'];
  if (isJsonObject(item) && !of.inMap) templates.push(...templatesOf(item, [...steps, 'node'], { ...of, inMap: true }));
  const undo = fields['compensate'];
  if (isJsonObject(undo) && !of.inCompensation)
    templates.push(...templatesOf(undo, [...steps, 'compensate'], { ...of, inCompensation: true }));
  return templates;
}

/** `node` is -1 for what may refer to any node. */
function look(
  template: Template,
  node: number,
  ownId: string | undefined,
  { indexOf }: SketchGraph,
  uses: NodeUse[],
  faults: FaultList,
): void {
  const { found, faults: malformed } = referencesIn(template.value);
  for (const { steps, at, message } of malformed)
    faults.add([...template.steps, ...steps], `at character ${at}: ${message}`);
  for (const { steps, reference } of found) {
    const at = [...template.steps, ...steps];
    const { root } = reference;
    const { inMap, inCompensation } = template.of;
    if (isOfItem(root) && !inMap) faults.add(at, `\`${reference.text}\` is known only to the node of a map`);
    if (root.kind === 'self' && !inCompensation)
      faults.add(at, `\`${reference.text}\` is known only to a \`compensate\``);
    if (!('node' in root)) continue;
    const earlier = indexOf.get(root.node);
    if (earlier === undefined) {
      faults.add(
        at,
        () => `refers to \`${root.node}\`, but there is no such node${didYouMean(root.node, indexOf.keys())}`,
      );
    } else if (root.node === ownId && inCompensation) continue;
    else if (root.node === ownId) faults.add(at, `refers to \`${root.node}\`, the node itself`);
    else if (node !== -1) uses.push({ node, earlier, id: root.node, steps: at });
  }
}

const isOfItem = (root: ReferenceRoot) => root.kind === 'item' || root.kind === 'index';

/** Then the fault is the dependency: with it set right, the reference may be, too. */
function dependsOnUnknown(job: JobSketch, node: number, { indexOf }: SketchGraph): boolean {
  return job.nodes[node]!.dependsOn.some((id) => typeof id === 'string' && !indexOf.has(id));
}
