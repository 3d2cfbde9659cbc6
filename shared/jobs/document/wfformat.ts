import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { limits } from '../limits.ts';
import type { Step } from '../template/reference-text.ts';
import { type Fault, type FaultList, faultList } from './fault.ts';
import { listOf } from './spec-sketch.ts';
import { didYouMean } from './suggestion.ts';

/**
 * Recorded executions of scientific workflows as jobs, so that the engine can be measured on real DAGs. A task becomes a node that
 * sleeps for as long as the task ran. Source: WfFormat 1.5 of the WfCommons project, https://wfcommons.org/format.
 */
export type ReadWorkflow =
  /** For `parseJobSpec`. */
  | { readonly kind: 'document'; readonly document: unknown }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

const schemaVersion = '1.5';
const taskSteps = ['workflow', 'specification', 'tasks'] as const;
const runSteps = ['workflow', 'execution', 'tasks'] as const;

export function looksLikeWfFormat(document: unknown): boolean {
  if (!isJsonObject(document) || 'nodes' in document) return false;
  return 'workflow' in document && ('schemaVersion' in document || isJsonObject(document['workflow']));
}

/** `timeScale` 0.001 lets a task of an hour take 3.6 s. */
export function jobFromWfFormat(document: unknown, timeScale: number): ReadWorkflow {
  const faults = faultList();
  if (!Number.isFinite(timeScale) || timeScale < 0) faults.add(['timeScale'], `must be 0 or more, but is ${timeScale}`);
  const root = isJsonObject(document) ? document : {};
  if (root !== document) faults.add([], 'must be an object');
  else if (root['schemaVersion'] !== schemaVersion) {
    faults.add(
      ['schemaVersion'],
      `must be "${schemaVersion}", but is ${JSON.stringify(root['schemaVersion']) ?? 'missing'}`,
    );
  }
  const tasks = readTasks(root, faults);
  const parents = readParents(tasks, faults);
  const seconds = readRuntimes(root, tasks, faults);
  if (!faults.isEmpty()) return { kind: 'faults', faults: faults.list() };
  return { kind: 'document', document: makeDocument(root, [...tasks.values()], parents, seconds, timeScale) };
}

interface Task {
  readonly id: string;
  readonly fields: JsonObject;
  readonly steps: readonly Step[];
}

function readTasks(root: JsonObject, faults: FaultList): Map<string, Task> {
  const tasks = new Map<string, Task>();
  const given = at(root, taskSteps);
  if (!Array.isArray(given) || given.length === 0) faults.add(taskSteps, 'must be a list of at least one task');
  for (const [place, fields] of listOf(given).entries()) {
    const steps = [...taskSteps, place];
    const id = isJsonObject(fields) ? fields['id'] : undefined;
    if (!isJsonObject(fields) || typeof id !== 'string' || id === '') faults.add([...steps, 'id'], 'must be a text');
    else if (tasks.has(id)) faults.add([...steps, 'id'], () => `\`${id}\` is the id of an earlier task, too`);
    else tasks.set(id, { id, fields, steps });
  }
  return tasks;
}

/** An edge counts whichever of its ends names it. */
function readParents(tasks: ReadonlyMap<string, Task>, faults: FaultList): Map<string, Set<string>> {
  const parents = new Map([...tasks.keys()].map((id) => [id, new Set<string>()]));
  for (const { id, fields, steps } of tasks.values()) {
    for (const parent of readRelatives(fields, 'parents', steps, tasks, faults)) parents.get(id)!.add(parent);
    for (const child of readRelatives(fields, 'children', steps, tasks, faults)) parents.get(child)!.add(id);
  }
  return parents;
}

function readRelatives(
  fields: JsonObject,
  relation: 'parents' | 'children',
  steps: readonly Step[],
  tasks: ReadonlyMap<string, Task>,
  faults: FaultList,
): string[] {
  const given = fields[relation];
  if (given !== undefined && !Array.isArray(given)) faults.add([...steps, relation], 'must be a list of ids');
  const known: string[] = [];
  for (const [place, id] of listOf(given).entries()) {
    if (typeof id === 'string' && tasks.has(id)) known.push(id);
    else {
      const hint = () => (typeof id === 'string' ? didYouMean(id, tasks.keys()) : '');
      faults.add([...steps, relation, place], () => `there is no task ${JSON.stringify(id)}${hint()}`);
    }
  }
  return known;
}

function readRuntimes(root: JsonObject, tasks: ReadonlyMap<string, Task>, faults: FaultList): Map<string, number> {
  const seconds = new Map<string, number>();
  const given = at(root, runSteps);
  if (given !== undefined && !Array.isArray(given)) faults.add(runSteps, 'must be a list');
  for (const [place, run] of listOf(given).entries()) {
    const steps = [...runSteps, place];
    const { id, runtimeInSeconds: runtime } = isJsonObject(run) ? run : {};
    if (typeof id !== 'string' || !tasks.has(id))
      faults.add([...steps, 'id'], () => `there is no task ${JSON.stringify(id)}`);
    else if (typeof runtime === 'number' && Number.isFinite(runtime) && runtime >= 0) seconds.set(id, runtime);
    else {
      faults.add(
        [...steps, 'runtimeInSeconds'],
        () => `must be 0 or more, but is ${JSON.stringify(runtime) ?? 'missing'}`,
      );
      seconds.set(id, 0);
    }
  }
  for (const { id, steps } of tasks.values()) {
    if (!seconds.has(id)) faults.add(steps, () => `task \`${id}\` has no run time in \`${runSteps.join('.')}\``);
  }
  return seconds;
}

function makeDocument(
  root: JsonObject,
  tasks: readonly Task[],
  parents: ReadonlyMap<string, ReadonlySet<string>>,
  seconds: ReadonlyMap<string, number>,
  timeScale: number,
): unknown {
  const nodeIds = nodeIdsFor(tasks.map(({ id }) => id));
  const nodes = tasks.map(({ id }) => {
    const ms = seconds.get(id)! * 1_000 * timeScale;
    const dependsOn = [...parents.get(id)!].map((parent) => nodeIds.get(parent)!);
    const edges = dependsOn.length > 0 ? { dependsOn } : {};
    return { id: nodeIds.get(id)!, type: 'function', handler: 'sleep', ...edges, input: { ms }, expected: ms };
  });
  return { name: nameOf(root), nodes };
}

/** Ids that we take stay as they are; in others a bad character becomes `_`, and a number keeps them apart. */
function nodeIdsFor(taskIds: readonly string[]): Map<string, string> {
  const plain = (id: string) => id.replaceAll(/[^A-Za-z0-9_.:#@+=~-]/g, '_').slice(0, limits.nameChars);
  const nodeIds = new Map(taskIds.filter((id) => plain(id) === id).map((id) => [id, id]));
  const taken = new Set(nodeIds.keys());
  const counts = new Map<string, number>();
  for (const id of taskIds) {
    if (nodeIds.has(id)) continue;
    const base = plain(id).slice(0, limits.nameChars - 10);
    let nodeId = plain(id);
    let count = counts.get(base) ?? 1;
    while (taken.has(nodeId)) nodeId = `${base}~${++count}`;
    counts.set(base, count);
    taken.add(nodeId);
    nodeIds.set(id, nodeId);
  }
  return nodeIds;
}

function nameOf(root: JsonObject): string {
  const name = typeof root['name'] === 'string' ? root['name'].replaceAll(/\p{Cc}/gu, ' ').trim() : '';
  return name.slice(0, limits.nameChars) || 'workflow';
}

function at(root: JsonObject, steps: readonly string[]): Json | undefined {
  let here: Json | undefined = root;
  for (const step of steps) here = isJsonObject(here) ? here[step] : undefined;
  return here;
}
