import type { Condition, JobSpec, NodeSpec } from '../../shared/jobs/index.ts';
import type { Fate } from './fate.ts';

/**
 * The oracle: what must become of a job whose targets' fates are known, however often messages are doubled and processes die. Written
 * from the meaning of the words alone; it shares nothing with the engine. Nodes stand behind their dependencies in the spec.
 */
export interface Expected {
  readonly state: 'completed' | 'failed';
  /** By id, items of maps included. */
  readonly nodes: ReadonlyMap<string, Ending>;
}

export type Ending = 'succeeded' | 'failed' | 'skipped';
type Fates = ReadonlyMap<string, Fate>;

export function interpret(spec: JobSpec, fates: Fates): Expected {
  const nodes = new Map<string, Ending>();
  const passedOver = new Set<string>();
  for (const node of spec.nodes) {
    const ending = passedOver.has(node.id) || !mayStart(node, nodes, fates) ? 'skipped' : run(node, nodes, fates);
    nodes.set(node.id, ending);
    if (node.type === 'choice' && ending === 'succeeded') {
      const all = [...node.choices.flatMap((each) => each.then), ...(node.otherwise ?? [])];
      const found = node.choices.find((each) => holds(each.when, nodes, fates));
      const then = found ? found.then : (node.otherwise ?? []);
      for (const id of all) if (!then.includes(id)) passedOver.add(id);
    }
  }
  const isLost = (node: NodeSpec) => nodes.get(node.id) === 'failed' && !isForgiven(node, spec, nodes);
  return { state: spec.nodes.some(isLost) ? 'failed' : 'completed', nodes };
}

function mayStart(node: NodeSpec, nodes: ReadonlyMap<string, Ending>, fates: Fates): boolean {
  const endings = (node.dependsOn ?? []).map((id) => nodes.get(id));
  const successes = endings.filter((each) => each === 'succeeded').length;
  const join = node.join ?? 'all_succeeded';
  if (join === 'all_succeeded' && successes < endings.length) return false;
  if (join === 'any_succeeded' && endings.length > 0 && successes === 0) return false;
  return !node.when || holds(node.when, nodes, fates);
}

function run(node: NodeSpec, nodes: Map<string, Ending>, fates: Fates): Ending {
  switch (node.type) {
    case 'delay':
    case 'signal':
    case 'choice':
      return 'succeeded';
    case 'http':
    case 'pubsub':
    case 'function':
      return fates.get(node.id)!.ends === 'succeeds' ? 'succeeded' : 'failed';
    case 'job':
      return interpret(node.job, fates).state === 'completed' ? 'succeeded' : 'failed';
    case 'map':
      return runMap(node, nodes, fates);
  }
}

function runMap(node: Extract<NodeSpec, { type: 'map' }>, nodes: Map<string, Ending>, fates: Fates): Ending {
  const source = typeof node.over === 'string' ? nodeIn(node.over) : undefined;
  if (source !== undefined && nodes.get(source) !== 'succeeded') return 'failed';
  const count = source === undefined ? (node.over as readonly unknown[]).length : fates.get(source)!.rows;
  let failed = 0;
  for (let place = 0; place < count; place++) {
    const id = `${node.id}[${place}]`;
    const ending = node.node.type === 'delay' || fates.get(id)!.ends === 'succeeds' ? 'succeeded' : 'failed';
    nodes.set(id, ending);
    if (ending === 'failed') failed++;
  }
  return failed > 0 && node.node.onFailure !== 'continue' ? 'failed' : 'succeeded';
}

/** Only what the shapes write: a result's value that equals a number. */
function holds(condition: Condition, nodes: ReadonlyMap<string, Ending>, fates: Fates): boolean {
  const { value, equals } = condition as { value: string; equals: number };
  const id = nodeIn(value);
  return nodes.get(id) === 'succeeded' && fates.get(id)!.value === equals;
}

function nodeIn(reference: string): string {
  return /^\$\{nodes\.(.+)\.result\.\w+\}$/.exec(reference)![1]!;
}

function isForgiven(node: NodeSpec, spec: JobSpec, nodes: ReadonlyMap<string, Ending>): boolean {
  if (node.onFailure === 'continue') return true;
  return spec.nodes.some(
    (other) =>
      other.dependsOn?.includes(node.id) &&
      (other.join ?? 'all_succeeded') !== 'all_succeeded' &&
      nodes.get(other.id) === 'succeeded',
  );
}
