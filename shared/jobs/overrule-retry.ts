import type { Draft } from './draft.ts';
import { applied, type NodeEvent, refused, type Verdict } from './event.ts';
import type { RetryingNode } from './job.ts';
import { nodeAt } from './nodes.ts';
import { makeReady } from './ready-node.ts';
import { pastOf, settle } from './settle-node.ts';

export type Overruling = Extract<NodeEvent, { kind: 'retriedNow' | 'retryCancelled' }>;

/**
 * Somebody decides on a scheduled retry in place of its policy. What was decided once is decided: asked again, the node does not wait
 * for this retry any more, and that is said.
 */
export function overruleRetry(draft: Draft, event: Overruling): Verdict {
  const run = nodeAt(draft, event.node);
  if (run.state !== 'retrying') return refused('nodeIsNotRetrying');
  if (run.attempt !== event.attempt) return refused('staleAttempt');
  if (event.kind === 'retriedNow') makeReady(draft, event.node, { ...run, isUrged: true }, lineOf(event));
  else giveUp(draft, event, run);
  return applied;
}

/** The last failure is final now; what it means for the job is the node's `onFailure` and its dependants' affair. */
function giveUp(draft: Draft, event: Extract<Overruling, { kind: 'retryCancelled' }>, run: RetryingNode): void {
  const failure = { ...run.failure, retryable: false };
  const because = `retry cancelled by ${event.by}${event.reason === undefined ? '' : `: ${event.reason}`}`;
  settle(draft, event.node, { state: 'failed', ...pastOf(run), failure }, { ...lineOf(event), because, failure });
}

function lineOf({ kind, attempt, by }: Overruling) {
  return { event: kind, attempt, by } as const;
}
