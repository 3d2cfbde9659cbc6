import { parseDuration } from '../../core/duration.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { ItemSpec, JobSpec, NodeSpec } from '../../jobs/index.ts';

/**
 * The same job at another pace: planned times (`expected`, fixed delays, and what the `sleep` handler is told) are multiplied. Limits
 * stay: timeouts, deadlines and waits between attempts are promises about real time.
 */
export function scaleTimes(spec: JobSpec, scale: number): JobSpec {
  return { ...spec, nodes: spec.nodes.map((node) => scaleNode(node, scale)) };
}

function scaleNode<Node extends NodeSpec | ItemSpec>(node: Node, scale: number): Node {
  const paced = node.expected === undefined ? node : { ...node, expected: node.expected * scale };
  switch (paced.type) {
    case 'delay':
      return typeof paced.delay === 'number' ? { ...paced, delay: paced.delay * scale } : paced;
    case 'function':
      return paced.handler === 'sleep' && paced.input !== undefined
        ? { ...paced, input: scaleSleep(paced.input, scale) }
        : paced;
    case 'map':
      return { ...paced, node: scaleNode(paced.node, scale) };
    case 'job':
      return { ...paced, job: scaleTimes(paced.job, scale) };
    case 'http':
    case 'pubsub':
    case 'signal':
    case 'choice':
      return paced;
  }
}

function scaleSleep(input: Json, scale: number): Json {
  const given = isJsonObject(input) ? input['ms'] : undefined;
  const ms = typeof given === 'string' ? parseDuration(given) : given;
  return isJsonObject(input) && typeof ms === 'number' ? { ...input, ms: ms * scale } : input;
}
