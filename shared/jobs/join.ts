import type { BlockedNode } from './job.ts';
import type { JoinRule } from './spec.ts';

/** J3: what the endings of a node's dependencies, as far as they are known, mean to it. */
export type JoinVerdict = 'start' | 'skip' | 'wait';

/** `dependencies` is how many it has in all. */
export function joinVerdict(rule: JoinRule = 'all_succeeded', node: BlockedNode, dependencies: number): JoinVerdict {
  return joins[rule](node, dependencies);
}

type Join = (node: BlockedNode, dependencies: number) => JoinVerdict;
const joins: Record<JoinRule, Join> = {
  all_succeeded: ({ unsettled, succeeded }, dependencies) =>
    unsettled + succeeded < dependencies ? 'skip' : unsettled === 0 ? 'start' : 'wait',
  all_settled: ({ unsettled }) => (unsettled === 0 ? 'start' : 'wait'),
  any_succeeded: ({ unsettled, succeeded }, dependencies) =>
    succeeded > 0 || dependencies === 0 ? 'start' : unsettled === 0 ? 'skip' : 'wait',
};
