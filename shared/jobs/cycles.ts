/**
 * Which nodes of a graph lie on cycles. One pass over the edges, without recursion: a chain of 20,000 nodes must not exhaust
 * the stack. Source: Robert Tarjan, «Depth-first search and linear graph algorithms», 1972.
 */
export interface Components {
  /** Every node once, dependencies first; the nodes of one component stand together. */
  readonly order: readonly number[];
  /** Component by node; the component of a dependency never has a higher number. */
  readonly componentOf: Int32Array;
}

/** For each node those that it depends on. */
export type Edges = readonly (readonly number[])[];

/** Each knot of cycles once, told by its shortest cycle through its first node, as the work would flow: `a, b, c, a`. */
export function findCycles(ids: readonly string[], dependencies: Edges): string[][] {
  const { order, componentOf } = componentsOf(dependencies);
  const firstOf = new Map<number, number>();
  const sizeOf = new Map<number, number>();
  for (const node of order) {
    const component = componentOf[node]!;
    firstOf.set(component, Math.min(node, firstOf.get(component) ?? node));
    sizeOf.set(component, 1 + (sizeOf.get(component) ?? 0));
  }
  return [...firstOf.entries()]
    .filter(([component]) => sizeOf.get(component)! > 1)
    .map(([, first]) => first)
    .sort((a, b) => a - b)
    .map((first) => cycleThrough(first, dependencies, componentOf).map((node) => ids[node]!));
}

export function componentsOf(dependencies: Edges): Components {
  const reachedAs = new Int32Array(dependencies.length);
  const lowest = new Int32Array(dependencies.length);
  const cursor = new Int32Array(dependencies.length);
  const componentOf = new Int32Array(dependencies.length).fill(-1);
  const order: number[] = [];
  const open: number[] = [];
  const path: number[] = [];
  let reached = 0;
  let components = 0;

  const enter = (node: number) => {
    reachedAs[node] = lowest[node] = ++reached;
    open.push(node);
    path.push(node);
  };
  const lower = (node: number, to: number) => {
    if (to < lowest[node]!) lowest[node] = to;
  };
  const leave = (node: number) => {
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) lower(parent, lowest[node]!);
    if (lowest[node] === reachedAs[node]) closeComponent(node);
  };
  const closeComponent = (root: number) => {
    for (let node = -1; node !== root; ) {
      node = open.pop()!;
      componentOf[node] = components;
      order.push(node);
    }
    components++;
  };

  for (let root = 0; root < dependencies.length; root++) {
    if (reachedAs[root] === 0) enter(root);
    while (path.length > 0) {
      const node = path.at(-1)!;
      const next = dependencies[node]![cursor[node]!++];
      if (next === undefined) leave(node);
      else if (reachedAs[next] === 0) enter(next);
      else if (componentOf[next] === -1) lower(node, reachedAs[next]!);
    }
  }
  return { order, componentOf };
}

function cycleThrough(start: number, dependencies: Edges, componentOf: Int32Array): number[] {
  const dependantOf = new Map<number, number>();
  const queue = [start];
  for (let head = 0; head < queue.length && !dependantOf.has(start); head++) {
    const node = queue[head]!;
    for (const dependency of dependencies[node]!) {
      if (componentOf[dependency] !== componentOf[start] || dependantOf.has(dependency)) continue;
      dependantOf.set(dependency, node);
      queue.push(dependency);
    }
  }
  const cycle = [start];
  for (let node = dependantOf.get(start)!; node !== start; node = dependantOf.get(node)!) cycle.push(node);
  return [...cycle, start];
}
