import { decideRetry, type Failure, isOfExecutor, type RetryPolicy } from '../policy/retry/index.ts';
import { cutFailure } from './cut-failure.ts';
import { type Draft, put, tell } from './draft.ts';
import type { ReadyNode, RunningNode, WaitingNode } from './job.ts';
import { nodeSpecAt } from './nodes.ts';
import { makeReady, totalTimeoutAt } from './ready-node.ts';
import { type Line, pastOf, settle } from './settle-node.ts';

/** Tells which event ended the attempt. */
export interface AttemptEnd {
  readonly event: 'failed' | 'released' | 'leaseLost' | 'timedOut' | 'childEnded' | 'undeliverable';
  readonly because?: string;
  readonly failure: Failure;
  readonly chance: number;
}

/** An attempt ended without success: the retry policy says what becomes of its node (J7). */
export function endAttempt(
  draft: Draft,
  index: number,
  run: ReadyNode | RunningNode | WaitingNode,
  end: AttemptEnd,
): void {
  const failure = cutFailure(end.failure);
  const lost = failure.code === 'lease_lost';
  const ofExecutor = isOfExecutor(failure);
  const counts = {
    failures: run.failures + Number(!ofExecutor),
    leaseLosses: run.leaseLosses + Number(ofExecutor),
  };
  const past = { ...pastOf(run), ...counts };
  const line: Line = { event: end.event, attempt: run.attempt, failure, ...(end.because && { because: end.because }) };
  const verdict = decideRetry(policyAt(draft, index), failure, counts, end.chance);
  const fail = (why: string) =>
    settle(draft, index, { state: 'failed', ...past, failure }, { ...line, ...because(end, why) });
  if (verdict.kind === 'giveUp') return fail(verdict.because);
  const retryAt = draft.now + verdict.delayMs;
  if (retryAt >= lastMoment(draft, index, past.readyAt)) return fail('noTimeLeftToRetry');
  if (verdict.delayMs === 0) return makeReady(draft, index, { ...past, lost }, line);
  put(draft, index, { state: 'retrying', ...past, retryAt, failure, lost });
  tell(draft, { ...line, to: 'retrying', retryAt }, index);
  draft.effects.push({ kind: 'alarm', at: retryAt });
}

/** Calls are retried, a child job when its node asks for it; any other wait that ran out would only wait again. */
export function policyAt(draft: Draft, index: number): RetryPolicy {
  const node = nodeSpecAt(draft, index);
  if (node.type === 'http' || node.type === 'pubsub' || node.type === 'function') {
    return node.retry ?? draft.spec.retry ?? {};
  }
  return node.type === 'job' ? (node.retry ?? { maxAttempts: 1 }) : { maxAttempts: 1 };
}

function lastMoment(draft: Draft, index: number, readyAt: number): number {
  return Math.min(draft.header.deadlineAt ?? Infinity, totalTimeoutAt(nodeSpecAt(draft, index), readyAt));
}

function because(end: AttemptEnd, verdict: string): Pick<Line, 'because'> {
  return { because: end.because ? `${end.because}, ${verdict}` : verdict };
}
