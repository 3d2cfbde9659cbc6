import type { Random } from '../../../shared/core/random.ts';
import type { JobSpec } from '../../../shared/jobs/index.ts';
import { between, happens, pick } from '../chance.ts';
import { drawDag } from './dag.ts';
import { recoveries } from './recoveries.ts';
import { rollbacks } from './rollbacks.ts';
import {
  addCall,
  addDelay,
  addSignal,
  after,
  itemCall,
  newSketch,
  type Shape,
  type Sketch,
  shapeOf,
} from './sketch.ts';

/** The shapes of jobs that the seeds choose from; each draws itself anew for every seed. `size` is about how many nodes it has. */
export const shapes: Readonly<Record<string, (random: Random, size: number) => Shape>> = {
  chain,
  fanOut,
  diamonds,
  choices,
  maps,
  signals,
  children,
  dag: (random, size) => shapeOf('dag', drawDag(newSketch(random), size, { depth: 2 })),
  hurried,
  rollbacks,
  recoveries,
};

function chain(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  let last: string[] = [];
  for (let step = 0; step < size; step++) {
    const id = `step${step}`;
    last = [happens(random, 0.85) ? addCall(sketch, id, last) : addDelay(sketch, id, last)];
  }
  return shapeOf('chain', sketch, maybeLater(random));
}

function fanOut(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  addCall(sketch, 'split', []);
  const parts = Array.from({ length: size }, (_, part) => {
    const ends = happens(random, 0.1) ? 'isFatal' : 'succeeds';
    return addCall(sketch, `part${part}`, ['split'], { ends }, { priority: between(random, 0, 9) });
  });
  addCall(
    sketch,
    'join',
    parts,
    {},
    { join: pick(random, ['all_succeeded', 'all_settled', 'any_succeeded'] as const) },
  );
  return shapeOf('fanOut', sketch);
}

/** Layers of joins over each other, some of whose dependencies fail. */
function diamonds(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  let layer = [addCall(sketch, 'top', [])];
  for (let level = 0; sketch.nodes.length < size; level++) {
    const sides = Array.from({ length: between(random, 2, 3) }, (_, side) => {
      const ends = happens(random, 0.25) ? pick(random, ['fails', 'isFatal'] as const) : 'succeeds';
      const onFailure = pick(random, ['fail', 'continue'] as const);
      return addCall(sketch, `side${level}-${side}`, layer, { ends }, { onFailure });
    });
    const join = pick(random, ['all_settled', 'any_succeeded', 'any_succeeded', 'all_succeeded'] as const);
    layer = [addCall(sketch, `meet${level}`, sides, {}, { join })];
  }
  return shapeOf('diamonds', sketch);
}

function choices(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  addCall(sketch, 'score', []);
  let last = 'score';
  for (let level = 0; sketch.nodes.length < size; level++) last = addChoice(sketch, level, last);
  return shapeOf('choices', sketch);
}

function addChoice(sketch: Sketch, level: number, scored: string): string {
  const { random, nodes } = sketch;
  const id = `choose${level}`;
  const [low, high, rest] = [`low${level}`, `high${level}`, `rest${level}`];
  const value = `\${nodes.${scored}.result.value}`;
  nodes.push({
    id,
    type: 'choice',
    ...after([scored]),
    choices: [
      { name: 'low', when: { value, equals: between(random, 0, 1) }, then: [low] },
      { name: 'high', when: { value, equals: between(random, 1, 3) }, then: [high] },
    ],
    ...(happens(random, 0.7) && { otherwise: [rest] }),
  });
  for (const branch of [low, high, rest]) addCall(sketch, branch, [id]);
  const join = pick(random, ['any_succeeded', 'all_settled'] as const);
  return addCall(sketch, `after${level}`, [low, high, rest], {}, { join });
}

function maps(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  const rows = happens(random, 0.15) ? 0 : between(random, 1, size);
  addCall(sketch, 'list', [], { rows });
  const fromResult = happens(random, 0.6);
  const count = fromResult ? rows : between(random, 0, size);
  const ends = happens(random, 0.2) ? 'isFatal' : 'succeeds';
  sketch.nodes.push({
    id: 'each',
    type: 'map',
    dependsOn: ['list'],
    over: fromResult ? '${nodes.list.result.rows}' : Array.from({ length: count }, (_, at) => at),
    node: {
      ...itemCall(sketch, 'each', count, { ends }),
      ...(happens(random, 0.5) && { onFailure: 'continue' as const }),
    },
    ...(happens(random, 0.6) && { concurrency: between(random, 1, 3) }),
  });
  sketch.nodes.push({
    id: 'pauses',
    type: 'map',
    dependsOn: ['list'],
    over: [10, 2_000, 1],
    node: { type: 'delay', delay: '${item}' },
    concurrency: 2,
  });
  addCall(sketch, 'reduce', ['each', 'pauses'], {}, { join: pick(random, ['all_succeeded', 'all_settled'] as const) });
  return shapeOf('maps', sketch);
}

function signals(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  let last: string[] = [];
  while (sketch.nodes.length < size) {
    const id = `n${sketch.nodes.length}`;
    const next = happens(random, 0.5) ? addSignal(sketch, id, last) : addCall(sketch, id, last);
    if (happens(random, 0.6)) last = [next];
  }
  return shapeOf('signals', sketch);
}

function children(random: Random, size: number): Shape {
  const sketch = newSketch(random);
  let last: string[] = [];
  for (let at = 0; at < 3; at++) {
    const id = `child${at}`;
    const job = drawChild(sketch, `c${at}-`, Math.ceil(size / 4));
    sketch.nodes.push({
      id,
      type: 'job',
      job,
      ...after(last),
      ...(happens(random, 0.3) && { onFailure: 'continue' as const, retry: { maxAttempts: 2, delay: 500 } }),
      ...(last.length > 0 && { join: 'all_settled' as const }),
    });
    if (happens(random, 0.5)) last = [id];
  }
  addCall(
    sketch,
    'end',
    sketch.nodes.map(({ id }) => id),
    {},
    { join: 'all_settled' },
  );
  return shapeOf('children', sketch);
}

function drawChild(sketch: Sketch, prefix: string, size: number): JobSpec {
  const { nodes } = drawDag({ ...sketch, nodes: [] }, size, { depth: 0, prefix, signals: false });
  return { name: `${prefix}child`, nodes };
}

/** Limits that may strike or not, as the world is slow: only the laws are judged, not the outcome. */
function hurried(random: Random, size: number): Shape {
  const sketch = drawDag(newSketch(random), size);
  const often = () => happens(random, 0.2);
  sketch.nodes.forEach((node, place) => {
    const { type } = node;
    const calls = type === 'http' || type === 'pubsub' || type === 'function' || type === 'job';
    const retry = { maxAttempts: between(random, 1, 4), maxLeaseLosses: between(random, 0, 2) };
    const beats = type === 'pubsub' || type === 'function';
    sketch.nodes[place] = {
      ...node,
      ...(often() && type !== 'choice' && { totalTimeout: between(random, 500, 20_000) }),
      ...(often() && type !== 'choice' && { timeout: between(random, 200, 9_000) }),
      ...(calls && { retry }),
      ...(often() && beats && { heartbeatTimeout: between(random, 500, 5_000) }),
    } as typeof node;
  });
  const limits = happens(random, 0.4) ? { timeout: between(random, 1_000, 60_000) } : {};
  return shapeOf('hurried', sketch, limits, false);
}

function maybeLater(random: Random): Partial<JobSpec> {
  return happens(random, 0.2) ? { startAt: 1_700_000_000_000 + between(random, 0, 20_000) } : {};
}
