import type { Random } from '../../../shared/core/random.ts';
import type { NodeSpec } from '../../../shared/jobs/index.ts';
import { type RecoveryRule, recoveryActions } from '../../../shared/policy/recovery/index.ts';
import { between, happens, pick } from '../chance.ts';
import { drawDag } from './dag.ts';
import { rollbacks } from './rollbacks.ts';
import { newSketch, type Shape, type Sketch, shapeOf } from './sketch.ts';

/** Jobs whose calls fail for good sooner than they succeed, and that have rules for it; some capture their state on the way. Only the laws are judged. */
export function recoveries(random: Random, size: number): Shape {
  if (happens(random, 0.3)) return { ...withRules(rollbacks(random, size), random), rollsBack: false };
  const sketch = drawDag(newSketch(random), size);
  sketch.nodes.forEach((node, place) => {
    sketch.nodes[place] = hurried(sketch, node);
  });
  return withRules(shapeOf('recoveries', sketch, {}, false), random);
}

function withRules(shape: Shape, random: Random): Shape {
  const recovery = drawRules(random);
  return { ...shape, name: 'recoveries', spec: { ...shape.spec, recovery }, determined: false, recovers: true };
}

/** Fewer attempts than it needs, so that its rules have something to do. */
function hurried({ random, fates }: Sketch, node: NodeSpec): NodeSpec {
  const checkpoint = happens(random, 0.2) ? { checkpoint: `after-${node.id}` } : {};
  const own = happens(random, 0.2) ? { recovery: drawRules(random) } : {};
  if (node.type !== 'http' && node.type !== 'pubsub' && node.type !== 'function') return { ...node, ...checkpoint };
  const fate = fates.get(node.id)!;
  fates.set(node.id, { ...fate, stumbles: between(random, 0, 6), stumblesBy: 'failing' });
  const retry = { strategy: 'immediate', maxAttempts: between(random, 1, 3), maxLeaseLosses: 20 } as const;
  return { ...node, ...checkpoint, ...own, retry };
}

/** Nothing is written behind a rule that takes whatever it is, for good. */
function drawRules(random: Random): readonly RecoveryRule[] {
  const rules = Array.from({ length: between(random, 1, 3) }, () => drawRule(random));
  const last = rules.findIndex(({ on, do: action }) => on.includes('*') && takesAll.has(action));
  return last < 0 ? rules : rules.slice(0, last + 1);
}

const takesAll: ReadonlySet<string> = new Set(['skip', 'escalate', 'abort', 'rollback']);

function drawRule(random: Random): RecoveryRule {
  const action = pick(random, ['retry', 'retry', ...recoveryActions] as const);
  const isAgain = action === 'retry' || action === 'requeue';
  return {
    on: [pick(random, ['*', '*', 'failed_node', 'busy', 'timeout', 'lost_lease'])],
    do: action,
    ...(isAgain && happens(random, 0.5) && { times: between(random, 1, 4) }),
    ...(action === 'requeue' && { priority: between(random, 0, 9) }),
    ...(action === 'escalate' && happens(random, 0.5) && { to: pick(random, ['topic:ops', 'an operator']) }),
  };
}
