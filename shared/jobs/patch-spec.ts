import { canonicalJson } from '../core/json.ts';
import type { JobSpec, NodeSpec } from './spec.ts';
import { referencesIn } from './template/reference.ts';

/** What is wrong with a corrected spec, with its path. */
export interface PatchFault {
  readonly path: string;
  readonly message: string;
}

/** What the job says of its nodes, by index. */
export interface PatchedNodes {
  /** It runs again, or has not run. */
  mayChange(node: number): boolean;
  /** It waits, as a map does for its items, and goes on with that. */
  isAtWork(node: number): boolean;
  hasItems(node: number): boolean;
}

/**
 * Why a job can't go on with this spec in place of its own; none when it can. Results that are kept were made by the nodes as they were,
 * and what is stored of a node goes by its place: so the nodes stay the same ones, and those that do not run again stay as they are.
 */
export function patchFaults(before: JobSpec, patch: JobSpec, nodes: PatchedNodes): readonly PatchFault[] {
  const faults: PatchFault[] = [];
  if (patch.name !== before.name) {
    faults.push({ path: 'name', message: `the job's name is ${before.name} and stays so` });
  }
  const indexOf = new Map(before.nodes.map(({ id }, index) => [id, index]));
  for (const [place, node] of patch.nodes.entries()) {
    const index = indexOf.get(node.id);
    const fault = index === undefined ? unknown(node) : faultOf(before, patch, { node, index }, nodes);
    if (fault) faults.push({ ...fault, path: `nodes[${place}]${fault.path}` });
  }
  const kept = new Set(patch.nodes.map(({ id }) => id));
  for (const { id } of before.nodes) {
    if (!kept.has(id)) faults.push({ path: 'nodes', message: `node ${id} is missing; skip it where it shall not run` });
  }
  return faults;
}

/** The corrected spec with its nodes at the places that the job knows them by. Those that have begun stay as they were to the letter. */
export function patched(before: JobSpec, patch: JobSpec, { mayChange }: Pick<PatchedNodes, 'mayChange'>): JobSpec {
  const byId = new Map(patch.nodes.map((node) => [node.id, node]));
  return { ...patch, nodes: before.nodes.map((node, index) => (mayChange(index) ? byId.get(node.id)! : node)) };
}

/** Whether a map's list may be another one under the corrected spec; the list is made of the spec whenever it is looked at. */
export function isOtherList(before: JobSpec, patch: JobSpec, index: number): boolean {
  const map = before.nodes[index]!;
  if (map.type !== 'map') return false;
  const after = patch.nodes.find(({ id }) => id === map.id);
  if (after?.type !== 'map') return false;
  if (canonicalJson(map.over) !== canonicalJson(after.over)) return true;
  const isOfInput = referencesIn(map.over).found.some(({ reference: { root } }) => root.kind === 'jobInput');
  return isOfInput && canonicalJson(before.input) !== canonicalJson(patch.input);
}

function unknown({ id }: NodeSpec): PatchFault {
  const message = `the job has no node ${id}; a corrected spec has the nodes that the job was submitted with`;
  return { path: '.id', message };
}

function faultOf(
  before: JobSpec,
  patch: JobSpec,
  { node, index }: { readonly node: NodeSpec; readonly index: number },
  { mayChange, isAtWork, hasItems }: PatchedNodes,
): PatchFault | undefined {
  const was = before.nodes[index]!;
  if (!mayChange(index) && !isSame(was, node)) {
    const message = `node ${node.id} has begun and is not to run again, so it can't change; name it among the nodes that run again`;
    return { path: '', message };
  }
  if (was.type === 'map' && node.type !== 'map' && hasItems(index)) {
    return { path: '.type', message: `node ${node.id} has items and stays a map` };
  }
  if (isAtWork(index) && isOtherList(before, patch, index)) {
    const message = `map ${node.id} is at work on a list made of the input, which changes; name it among the nodes that run again`;
    return { path: '.over', message };
  }
  return undefined;
}

function isSame(a: NodeSpec, b: NodeSpec): boolean {
  return canonicalJson(acts(a)) === canonicalJson(acts(b));
}

/** What a node says of itself has no part in what it did, nor has its policy, of whose name there may be a newer version by now. */
function acts(node: NodeSpec): unknown {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => (besides.has(key) ? undefined : value)));
}

const besides: ReadonlySet<string> = new Set(['description', 'expected', 'retry']);
