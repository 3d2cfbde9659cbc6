import type { Failure } from '../policy/retry/index.ts';
import { type JobView, nodeSpecAt, priorityAt } from './nodes.ts';
import { scopeAt } from './scope.ts';
import type { ChildJobNode, JobSpec } from './spec.ts';
import { fillTemplate, keptBounds, whyNot } from './template/reference.ts';

export type ChildSpec =
  | { readonly kind: 'spec'; readonly spec: JobSpec }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What a `job` node starts: its job with the node's input, and as urgent as the node unless it says so itself. */
export function childSpecOf(parent: JobView, node: number): ChildSpec {
  const { job, input } = nodeSpecAt(parent, node) as ChildJobNode;
  const filled = fillTemplate(input ?? job.input ?? null, scopeAt(parent, node), keptBounds);
  if (filled.kind !== 'filled') {
    const code = filled.kind === 'tooLarge' ? 'input_too_large' : 'input_unresolved';
    return { kind: 'failed', failure: { code, message: `input: ${whyNot(filled)}`, retryable: false } };
  }
  return { kind: 'spec', spec: { ...job, priority: job.priority ?? priorityAt(parent, node), input: filled.value } };
}
