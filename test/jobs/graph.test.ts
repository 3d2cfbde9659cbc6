import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { componentsOf, findCycles } from '../../shared/jobs/cycles.ts';
import { comesBefore } from '../../shared/jobs/document/ancestry.ts';
import { criticalPath, graphOf, type JobSpec, parallelGroups } from '../../shared/jobs/index.ts';

describe('graph', () => {
  const diamond = specOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });

  test('tells what leads where', () => {
    const graph = graphOf(diamond);
    expect([...graph.indexOf]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 3],
    ]);
    expect(graph.dependencies).toEqual([[], [0], [0], [1, 2]]);
    expect(graph.dependants).toEqual([[1, 2], [3], [3], []]);
    expect(graph.sinks).toEqual([3]);
  });

  test('is made once for a spec', () => {
    expect(graphOf(diamond)).toBe(graphOf(diamond));
  });

  test('knows the signal nodes by what they wait for, by their id when nothing else is said', () => {
    const spec: JobSpec = {
      name: 'x',
      nodes: [
        { id: 'a', type: 'signal' },
        { id: 'b', type: 'signal', signal: 'go' },
        { id: 'c', type: 'signal', signal: 'go' },
      ],
    };
    expect([...graphOf(spec).signals]).toEqual([
      ['a', [0]],
      ['go', [1, 2]],
    ]);
  });

  test('parallel groups are the levels of the graph', () => {
    expect(parallelGroups(diamond)).toEqual([['a'], ['b', 'c'], ['d']]);
  });

  test('the critical path is the longest way through', () => {
    const durations = [1, 10, 20, 5];
    expect(criticalPath(diamond, (index) => durations[index]!)).toEqual({ ms: 26, nodes: ['a', 'c', 'd'] });
  });

  test('a critical path of nodes that take no time is still a way', () => {
    expect(criticalPath(diamond, () => 0)).toMatchObject({ ms: 0 });
  });

  test('a node is one group later than the last of its dependencies, and no way is longer than the critical path', () => {
    fc.assert(
      fc.property(dags, fc.array(fc.nat(100), { minLength: 30, maxLength: 30 }), (edges, durations) => {
        const spec = specOf(
          Object.fromEntries(edges.map((from, node) => [`n${node}`, from.map((each) => `n${each}`)])),
        );
        const groups = parallelGroups(spec);
        const level = (node: number) => groups.findIndex((group) => group.includes(`n${node}`));
        for (const [node, from] of edges.entries()) expect(level(node)).toBe(Math.max(-1, ...from.map(level)) + 1);

        const path = criticalPath(spec, (index) => durations[index]!);
        const longest: number[] = [];
        for (const [node, from] of edges.entries())
          longest.push(durations[node]! + Math.max(0, ...from.map((each) => longest[each]!)));
        expect(path.ms).toBe(Math.max(...longest));
        expect(path.nodes.reduce((sum, id) => sum + durations[Number(id.slice(1))]!, 0)).toBe(path.ms);
      }),
    );
  });

  test('a chain of 20,000 nodes does not exhaust the stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, node) => (node === 0 ? [] : [node - 1]));
    const ids = chain.map((_, node) => `n${node}`);
    const spec = specOf(Object.fromEntries(chain.map((from, node) => [ids[node]!, from.map((each) => ids[each]!)])));
    expect(parallelGroups(spec)).toHaveLength(20_000);
    expect(criticalPath(spec, () => 1).ms).toBe(20_000);
    expect(findCycles(ids, [[19_999], ...chain.slice(1)])[0]).toHaveLength(20_001);
  });
});

describe('cycles', () => {
  test('are told in the direction of the work and end where they begin', () => {
    expect(findCycles(['a', 'b', 'c'], [[2], [0], [1]])).toEqual([['a', 'b', 'c', 'a']]);
  });

  test('are told once for each knot, by the shortest', () => {
    const dependencies = [[1], [0], [], [4], [5], [3, 4]];
    expect(findCycles(['a', 'b', 'c', 'd', 'e', 'f'], dependencies)).toEqual([
      ['a', 'b', 'a'],
      ['d', 'f', 'e', 'd'],
    ]);
  });

  test('are none exactly when the graph has an order', () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const { order } = componentsOf(edges);
        const place = (node: number) => order.indexOf(node);
        const isOrdered = edges.every((from, node) => from.every((each) => place(each) < place(node)));
        const cycles = findCycles(
          edges.map((_, node) => `${node}`),
          edges,
        );
        expect(cycles.length === 0).toBe(isOrdered);
        for (const cycle of cycles) {
          expect(cycle[0]).toBe(cycle.at(-1));
          for (let i = 1; i < cycle.length; i++) expect(edges[Number(cycle[i])]).toContain(Number(cycle[i - 1]));
        }
      }),
    );
  });
});

describe('what comes before', () => {
  test('comes before all of a knot, whichever of its nodes depends on it', () => {
    expect(comesBefore([[1, 2], [0], []], [{ node: 1, earlier: 2 }])).toEqual([true]);
  });

  test('is what a search backwards finds, cycles or not', () => {
    const asked = anyEdges.chain((edges) => {
      const all = edges.flatMap((_, node) => edges.map((_, earlier) => ({ node, earlier })));
      return fc.tuple(
        fc.constant(edges),
        fc.oneof(fc.constant(all), fc.subarray(all, { maxLength: Math.min(5, all.length) })),
      );
    });
    fc.assert(
      fc.property(asked, ([edges, questions]) => {
        const expected = questions.map(({ node, earlier }) => reachable(edges, node).has(earlier));
        expect(comesBefore(edges, questions)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

function reachable(edges: readonly (readonly number[])[], node: number): Set<number> {
  const seen = new Set<number>();
  const open = [...edges[node]!];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...edges[next]!);
  }
  return seen;
}

/** Up to 45 nodes, so that more than one batch of 32 is asked for. */
const anyEdges = fc
  .integer({ min: 1, max: 45 })
  .chain((count) =>
    fc
      .array(fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }), { minLength: count, maxLength: count })
      .map((edges) => edges.map((from, node) => from.filter((each) => each !== node))),
  );

const dags = fc
  .array(fc.array(fc.nat(29), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((edges) => edges.map((from, node) => [...new Set(from.filter((each) => each < node))]));

function specOf(dependsOn: Readonly<Record<string, readonly string[]>>): JobSpec {
  const nodes = Object.entries(dependsOn).map(([id, from]) => ({
    id,
    type: 'function' as const,
    handler: 'noop',
    dependsOn: from,
  }));
  return { name: 'graph', nodes };
}
