import { decideRetry, type Failure, type RetryHistory, type RetryPolicy } from '../policy/retry/index.ts';
import { cutFailure } from './cut-failure.ts';
import { type Draft, put, tell } from './draft.ts';
import type { NodePast, ReadyNode, RunningNode, WaitingNode } from './job.ts';
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
  const executor = executorsPart(end);
  const lost = executor === 'lost';
  const { lastDelayMs, ...before } = pastOf(run);
  const counts = countsWith(run, executor !== undefined);
  const elapsedMs = draft.now - (run.startedAt ?? draft.now);
  const memories = { ...(executor && { executor }), ...(lastDelayMs !== undefined && { lastDelayMs }) };
  const history = { ...counts, elapsedMs, ...memories };
  const verdict = decideRetry(policyAt(draft, index), failure, history, end.chance);
  const line = (why: string): Line => ({ event: end.event, attempt: run.attempt, failure, because: reason(end, why) });
  const fail = (why: string) => settle(draft, index, { state: 'failed', ...before, ...counts, failure }, line(why));
  if (verdict.kind === 'giveUp') return fail(verdict.because);
  const memory = verdict.lastDelayMs === undefined ? {} : { lastDelayMs: verdict.lastDelayMs };
  const past = { ...before, ...counts, ...memory };
  const retryAt = draft.now + verdict.delayMs;
  if (retryAt >= lastMoment(draft, index, past.readyAt)) return fail('noTimeLeftToRetry');
  if (verdict.delayMs === 0) return makeReady(draft, index, { ...past, lost }, line(verdict.because));
  put(draft, index, { state: 'retrying', ...past, retryAt, failure, lost });
  tell(draft, { ...line(verdict.because), to: 'retrying', retryAt }, index);
  draft.effects.push({ kind: 'alarm', at: retryAt });
}

/** By what happened, and not by the failure's code, which a target is free to choose. */
function executorsPart({ event }: AttemptEnd): RetryHistory['executor'] {
  if (event === 'leaseLost' || event === 'released') return 'lost';
  return event === 'undeliverable' ? 'unreached' : undefined;
}

function countsWith(run: NodePast, ofExecutor: boolean): Pick<NodePast, 'failures' | 'leaseLosses'> {
  return { failures: run.failures + Number(!ofExecutor), leaseLosses: run.leaseLosses + Number(ofExecutor) };
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

function reason(end: AttemptEnd, verdict: string): string {
  return end.because ? `${end.because}, ${verdict}` : verdict;
}
