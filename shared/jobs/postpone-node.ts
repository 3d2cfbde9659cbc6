import { tellOverBudget } from '../policy/budget/index.ts';
import type { Failure } from '../policy/retry/index.ts';
import { type Draft, put, tell } from './draft.ts';
import { applied, type NodeEvent, refused, type Verdict } from './event.ts';
import type { ReadyNode } from './job.ts';
import { nodeAt } from './nodes.ts';
import { alarm } from './ready-node.ts';
import { lastMoment, policyAt } from './retry-node.ts';
import { pastOf, settle } from './settle-node.ts';

type Postponed = Extract<NodeEvent, { kind: 'postponed' }>;

/**
 * A guard of its target keeps a ready node waiting: no attempt is made and none is counted. It waits as for a retry, within the same
 * bounds, and keeps what it last failed with. One in a parcel is left there, since somebody may have claimed it in it.
 */
export function postpone(draft: Draft, event: Postponed): Verdict {
  const run = nodeAt(draft, event.node);
  if (run.state !== 'ready' || run.parcel !== undefined) return refused('nodeIsNotReady');
  if (event.attempt !== run.attempt + 1) return refused('staleAttempt');
  if (draft.header.paused) return refused('jobIsPaused');
  const failure = run.failure ?? withoutFailure(event);
  const line = { event: 'postponed', attempt: run.attempt, because: reasonOf(event) } as const;
  const past = pastOf(run);
  if (event.until >= lastMomentOf(draft, event.node, run)) {
    const because = `${line.because}, noTimeLeftToRetry`;
    settle(draft, event.node, { state: 'failed', ...past, failure }, { ...line, because, failure });
    return applied;
  }
  put(draft, event.node, { state: 'retrying', ...past, retryAt: event.until, failure, lost: run.lost });
  tell(draft, { ...line, to: 'retrying', retryAt: event.until }, event.node);
  alarm(draft, event.until);
  return applied;
}

function reasonOf(event: Postponed): string {
  switch (event.because) {
    case 'breakerOpen':
      return `the breaker of ${event.target} is open`;
    case 'bulkheadFull':
      return `the bulkhead ${event.target} is full: ${event.limit} calls are under way and ${event.depth} wait`;
    case 'retryBudget':
      return tellOverBudget(event.target, event);
  }
}

const codes = { breakerOpen: 'breaker_open', bulkheadFull: 'bulkhead_full', retryBudget: 'over_retry_budget' } as const;

/** Of a node that was never tried, or whose failure was not kept. */
function withoutFailure(event: Postponed): Failure {
  return { code: codes[event.because], message: `its attempt has not begun: ${reasonOf(event)}` };
}

/** `maxElapsed` counts from the first attempt, so it does not bound the wait for that. */
function lastMomentOf(draft: Draft, node: number, { readyAt, startedAt = Infinity }: ReadyNode): number {
  return Math.min(lastMoment(draft, node, readyAt), startedAt + (policyAt(draft, node).maxElapsed ?? Infinity));
}
