import type { Random } from '../../../shared/core/random.ts';
import type { ItemSpec, JobSpec, NodeCommon, NodeSpec } from '../../../shared/jobs/index.ts';
import { arms, type RetryPolicy, retryStrategies } from '../../../shared/policy/retry/index.ts';
import { between, happens, pick } from '../chance.ts';
import type { Fate } from '../fate.ts';

/** A job that is being drawn: its nodes, and what the targets will do with them. */
export interface Sketch {
  readonly random: Random;
  readonly nodes: NodeSpec[];
  readonly fates: Map<string, Fate>;
  /** Names of the signals to be sent, one entry for each node that waits. */
  readonly signals: string[];
}

export interface Shape {
  readonly name: string;
  readonly spec: JobSpec;
  readonly fates: ReadonlyMap<string, Fate>;
  readonly signals: readonly string[];
  /** Whether its outcome follows from the fates alone, whatever goes wrong. */
  readonly determined: boolean;
  /** Somebody has it rolled back. */
  readonly rollsBack?: boolean;
  /** It has rules for its recovery, and needs somebody who answers what they ask. */
  readonly recovers?: boolean;
}

export type More = Partial<Pick<NodeCommon, 'join' | 'when' | 'onFailure' | 'totalTimeout' | 'priority' | 'input'>>;

export function newSketch(random: Random): Sketch {
  return { random, nodes: [], fates: new Map(), signals: [] };
}

export function shapeOf(name: string, sketch: Sketch, more: Partial<JobSpec> = {}, determined = true): Shape {
  const { nodes, fates, signals } = sketch;
  return { name, spec: { name, nodes, ...more }, fates, signals, determined };
}

/** A node that calls something: http, pubsub or function, answered at once or called back. */
export function addCall(
  sketch: Sketch,
  id: string,
  dependsOn: readonly string[],
  fate: Partial<Fate> = {},
  more: More = {},
): string {
  const { random } = sketch;
  const made = makeFate(random, fate);
  sketch.fates.set(id, made);
  sketch.nodes.push({ id, ...after(dependsOn), ...callOf(random, made), ...more } as NodeSpec);
  return id;
}

/** The item of a map, and the fates of its first `count` items. */
export function itemCall(sketch: Sketch, map: string, count: number, fate: Partial<Fate> = {}): ItemSpec {
  const { random } = sketch;
  const call = callOf(random, makeFate(random, { stumbles: 2, stumblesBy: 'failing', ...fate }));
  for (let place = 0; place < count; place++) {
    const stumbles = between(random, 0, 2);
    sketch.fates.set(`${map}[${place}]`, makeFate(random, { stumbles, stumblesBy: 'failing', ...fate }));
  }
  return call as ItemSpec;
}

export function addDelay(sketch: Sketch, id: string, dependsOn: readonly string[], more: More = {}): string {
  const delay = happens(sketch.random, 0.2) ? 0 : between(sketch.random, 1, 20_000);
  sketch.nodes.push({ id, type: 'delay', delay, ...after(dependsOn), ...more });
  return id;
}

export function addSignal(sketch: Sketch, id: string, dependsOn: readonly string[], more: More = {}): string {
  const signal = happens(sketch.random, 0.5) ? 'approval' : id;
  sketch.signals.push(signal);
  sketch.nodes.push({ id, type: 'signal', signal, ...after(dependsOn), ...more });
  return id;
}

export const after = (dependsOn: readonly string[]) => (dependsOn.length > 0 ? { dependsOn } : {});

export function makeFate(random: Random, fate: Partial<Fate>): Fate {
  const stumbles = happens(random, 0.3) ? between(random, 1, 2) : 0;
  return {
    ends: 'succeeds',
    stumbles,
    stumblesBy: happens(random, 0.2) ? 'hanging' : 'failing',
    ms: happens(random, 0.4) ? 0 : between(random, 1, happens(random, 0.2) ? 9_000 : 300),
    callbackMs: happens(random, 0.3) ? 0 : between(random, 1, 3_000),
    value: between(random, 0, 3),
    rows: between(random, 0, 4),
    ...fate,
  };
}

/** As many attempts as the fate needs, each with more time than its work and its callback take. Whoever has a timeout (http always) gets many more, since a slow world uses some up. */
export function callOf(random: Random, fate: Fate): Partial<NodeSpec> {
  const hangs = fate.stumbles > 0 && fate.stumblesBy === 'hanging';
  const timeout = hangs || happens(random, 0.1) ? { timeout: between(random, 15_000, 30_000) } : {};
  const target = targetOf(random);
  const endless = fate.ends === 'succeeds' && ('timeout' in timeout || target.type === 'http');
  const maxAttempts = endless ? 200 : fate.stumbles + between(random, 1, 2);
  const retry = { ...delaysOf(random, maxAttempts), maxAttempts, maxLeaseLosses: 20 };
  return { ...target, retry, ...timeout } as Partial<NodeSpec>;
}

function delaysOf(random: Random, maxAttempts: number): RetryPolicy {
  const strategy = pick(random, [...retryStrategies, ...(maxAttempts > 1 ? (['adaptive'] as const) : [])]);
  const delay = between(random, 0, 2_000);
  if (strategy === 'adaptive') return { strategy, delay, maxDelay: 4_000, ...frozenOf(random) };
  if (strategy === 'immediate') return { strategy };
  if (strategy === 'custom') return { strategy, delays: [delay, 2 * delay] };
  if (strategy === 'exponential' && delay % 2 === 0) return { strategy, delay, jitter: 'decorrelated' };
  return { strategy, delay };
}

function frozenOf(random: Random): Pick<RetryPolicy, 'frozen'> {
  return happens(random, 0.3) ? { frozen: pick(random, [true, ...arms]) } : {};
}

function targetOf(random: Random): Partial<NodeSpec> {
  const completion = happens(random, 0.35) ? 'callback' : undefined;
  switch (pick(random, ['http', 'pubsub', 'function', 'function'] as const)) {
    case 'http':
      return { type: 'http', url: 'http://target.example/', ...(completion && { completion }) };
    case 'pubsub':
      return { type: 'pubsub', topic: 'work' };
    case 'function':
      return { type: 'function', handler: 'work', ...(completion && { completion }) };
  }
}
