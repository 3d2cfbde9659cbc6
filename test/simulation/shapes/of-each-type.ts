import type { Random } from '../../../shared/core/random.ts';
import type { NodeSpec, NodeType } from '../../../shared/jobs/index.ts';
import { addCall, makeFate, newSketch, type Shape, type Sketch, shapeOf } from './sketch.ts';

/** For every node type the smallest job in which such a node comes from somewhere and leads somewhere. All of them complete. */
export const typeShapes: Readonly<Record<NodeType, (random: Random) => Shape>> = {
  http: (random) => around(random, 'http', { type: 'http', url: 'http://target.example/' }),
  pubsub: (random) => around(random, 'pubsub', { type: 'pubsub', topic: 'work' }),
  function: (random) => around(random, 'function', { type: 'function', handler: 'work' }),
  delay: (random) => around(random, 'delay', { type: 'delay', delay: 700 }),
  signal: (random) => around(random, 'signal', { type: 'signal' }, ['middle']),
  choice: (random) => {
    const when = { value: '${nodes.first.result.value}', equals: 1 };
    return around(random, 'choice', { type: 'choice', choices: [{ when, then: ['last'] }] });
  },
  map: (random) =>
    around(random, 'map', { type: 'map', over: [1, 2], concurrency: 1, node: call } as Partial<NodeSpec>),
  job: (random) =>
    around(random, 'job', {
      type: 'job',
      job: { name: 'child', nodes: [{ id: 'inside', ...call }] },
    } as Partial<NodeSpec>),
};

const call = { type: 'function', handler: 'work', retry: { strategy: 'fixed', delay: 200, maxAttempts: 3 } } as const;

function around(random: Random, name: string, middle: Partial<NodeSpec>, signals: readonly string[] = []): Shape {
  const sketch: Sketch = { ...newSketch(random), signals: [...signals] };
  const quick = { ends: 'succeeds', stumbles: 0, ms: 20, callbackMs: 20, value: 1 } as const;
  for (const id of ['middle', 'middle[0]', 'middle[1]', 'inside'])
    sketch.fates.set(id, makeFate(random, { ...quick, stumbles: 1, stumblesBy: 'failing' }));
  addCall(sketch, 'first', [], quick);
  // Two more that want to run at the same time, so that somebody must wait in the queue.
  const beside = [addCall(sketch, 'beside', [], quick), addCall(sketch, 'beside2', ['first'], quick)];
  sketch.nodes.push({ id: 'middle', dependsOn: ['first'], ...middle } as NodeSpec);
  addCall(sketch, 'last', ['middle', ...beside], quick);
  return shapeOf(name, sketch);
}
