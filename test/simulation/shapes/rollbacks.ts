import type { Random } from '../../../shared/core/random.ts';
import type { CompensateSpec, NodeSpec } from '../../../shared/jobs/index.ts';
import { between, happens } from '../chance.ts';
import { drawDag } from './dag.ts';
import { callOf, makeFate, newSketch, type Shape, type Sketch, shapeOf } from './sketch.ts';

/** Most that calls something says how it is taken back, and some of that fails for good before it succeeds: only the laws are judged. */
export function rollbacks(random: Random, size: number): Shape {
  const sketch = drawDag(newSketch(random), size);
  sketch.nodes.forEach((node, place) => {
    sketch.nodes[place] = withCompensation(sketch, node);
  });
  return { ...shapeOf('rollbacks', sketch, {}, false), rollsBack: true };
}

function withCompensation(sketch: Sketch, node: NodeSpec): NodeSpec {
  const { type, id } = node;
  if (!happens(sketch.random, 0.75)) return node;
  if (type === 'map' && node.node.type !== 'delay') {
    const ids = [...sketch.fates.keys()].filter((each) => each.startsWith(`${id}[`));
    return { ...node, node: { ...node.node, compensate: drawCompensation(sketch, ids) } };
  }
  const calls = type === 'http' || type === 'pubsub' || type === 'function' || type === 'job';
  return calls ? { ...node, compensate: drawCompensation(sketch, [id]) } : node;
}

/** Those that stumble more often than they have attempts succeed once somebody has them tried again. */
function drawCompensation(sketch: Sketch, ids: readonly string[]): CompensateSpec {
  const { random, fates } = sketch;
  const stumbles = happens(random, 0.3) ? between(random, 1, 3) : 0;
  const fate = makeFate(random, { stumbles, stumblesBy: happens(random, 0.2) ? 'hanging' : 'failing' });
  for (const id of ids) fates.set(`undo(${id})`, fate);
  const retry = { strategy: 'fixed', delay: between(random, 0, 1_000), maxAttempts: between(random, 1, 4) } as const;
  const { retry: _, ...call } = callOf(random, fate);
  return { ...call, input: { was: '${self.result ?? null}' }, retry } as CompensateSpec;
}
