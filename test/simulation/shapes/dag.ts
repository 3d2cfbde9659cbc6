import type { Condition, NodeSpec } from '../../../shared/jobs/index.ts';
import { between, happens, pick } from '../chance.ts';
import { addCall, addDelay, addSignal, after, itemCall, type More, newSketch, type Sketch } from './sketch.ts';

export interface DagOptions {
  /** How many jobs may stand within each other. */
  readonly depth: number;
  readonly prefix: string;
  readonly signals: boolean;
}

/** A random DAG over all node types whose outcome follows from the fates. */
export function drawDag(sketch: Sketch, size: number, options: Partial<DagOptions> = {}): Sketch {
  const { depth = 1, prefix = 'n', signals = true } = options;
  const { random, nodes } = sketch;
  while (nodes.length < size) {
    const id = `${prefix}${nodes.length}`;
    const dependsOn = drawDependencies(sketch);
    const kind = random.next();
    if (kind < 0.45) addCall(sketch, id, dependsOn, drawEnd(sketch), drawMore(sketch, dependsOn));
    else if (kind < 0.55) addDelay(sketch, id, dependsOn, drawMore(sketch, dependsOn));
    else if (kind < 0.65 && signals) addSignal(sketch, id, dependsOn, drawMore(sketch, dependsOn));
    else if (kind < 0.78) addMap(sketch, id, dependsOn, drawMore(sketch, dependsOn));
    else if (kind < 0.9) addFork(sketch, id, dependsOn);
    else if (depth > 0) addChild(sketch, id, dependsOn, depth, drawMore(sketch, dependsOn));
  }
  return sketch;
}

function drawDependencies({ random, nodes }: Sketch): string[] {
  const chosen = new Set<string>();
  for (let count = between(random, 0, 3); count > 0 && nodes.length > 0; count--) {
    chosen.add(nodes[Math.max(0, nodes.length - between(random, 1, 6))]!.id);
  }
  return [...chosen];
}

function drawEnd({ random }: Sketch): object {
  return happens(random, 0.2) ? { ends: pick(random, ['fails', 'isFatal'] as const) } : {};
}

/** Who starts on the first success can't look at the others: which of them have settled by then is chance. */
function drawMore(sketch: Sketch, dependsOn: readonly string[]): More {
  const { random } = sketch;
  const join = pick(random, ['all_succeeded', 'all_succeeded', 'all_settled', 'any_succeeded'] as const);
  const looksAt = dependsOn.filter((id) => sketch.fates.has(id));
  const sees = dependsOn.length > 0 && join !== 'any_succeeded' && looksAt.length > 0;
  return {
    ...(dependsOn.length > 0 && { join }),
    ...(happens(random, 0.3) && { onFailure: 'continue' as const }),
    ...(sees && happens(random, 0.25) && { when: equalsValue(sketch, looksAt) }),
    ...(happens(random, 0.2) && { priority: between(random, 0, 9) }),
  };
}

function equalsValue({ random }: Sketch, among: readonly string[]): Condition {
  return { value: `\${nodes.${pick(random, among)}.result.value}`, equals: between(random, 0, 3) };
}

function addMap(sketch: Sketch, id: string, dependsOn: readonly string[], more: More): void {
  const { random, fates, nodes } = sketch;
  const sources = more.join === 'any_succeeded' ? [] : dependsOn.filter((each) => fates.has(each));
  const source = sources.length > 0 && happens(random, 0.7) ? pick(random, sources) : undefined;
  const count = source ? fates.get(source)!.rows : between(random, 0, 4);
  const node = itemCall(sketch, id, count, happens(random, 0.15) ? { ends: 'isFatal' } : {});
  nodes.push({
    id,
    type: 'map',
    ...after(dependsOn),
    over: source ? `\${nodes.${source}.result.rows}` : Array.from({ length: count }, (_, at) => at),
    node: happens(random, 0.3) ? { ...node, onFailure: 'continue' } : node,
    ...(happens(random, 0.5) && { concurrency: between(random, 1, 2) }),
    ...more,
  });
}

/** A choice that looks at a dependency, and its branches. */
function addFork(sketch: Sketch, id: string, dependsOn: readonly string[]): void {
  const { random, nodes, fates } = sketch;
  const looksAt = dependsOn.filter((each) => fates.has(each));
  if (looksAt.length === 0) return;
  const branches = Array.from({ length: between(random, 1, 3) }, (_, branch) => `${id}-${branch}`);
  const choices = branches.map((branch) => ({
    when: equalsValue(sketch, looksAt),
    then: happens(random, 0.8) ? [branch] : [...branches],
  }));
  const join = pick(random, ['all_succeeded', 'all_settled'] as const);
  const fork = { id, type: 'choice', ...after(dependsOn), join, choices } as const;
  nodes.push({ ...fork, ...(happens(random, 0.5) && { otherwise: [branches[0]!] }) } as NodeSpec);
  for (const branch of branches) addCall(sketch, branch, [id]);
}

/** Nobody outside knows a child's id, so it has no signals. */
function addChild(sketch: Sketch, id: string, dependsOn: readonly string[], depth: number, more: More): void {
  const { random, fates } = sketch;
  const inner = { ...newSketch(random), fates };
  const { nodes } = drawDag(inner, between(random, 1, 5), { depth: depth - 1, prefix: `${id}_`, signals: false });
  const retry = happens(random, 0.3) ? { retry: { maxAttempts: 2, delay: between(random, 0, 2_000) } } : {};
  sketch.nodes.push({
    id,
    type: 'job',
    job: { name: `child of ${id}`, nodes },
    ...after(dependsOn),
    ...retry,
    ...more,
  });
}
