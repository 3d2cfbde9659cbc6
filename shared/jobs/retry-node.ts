import {
  type Advice,
  type Arm,
  decideRetry,
  type Failure,
  type RetryHistory,
  type RetryPolicy,
} from '../policy/retry/index.ts';
import { cutFailure } from './cut-failure.ts';
import { type Draft, put, tell } from './draft.ts';
import type { NodePast, ReadyNode, RunningNode, WaitingNode } from './job.ts';
import { type JobView, nodeSpecAt } from './nodes.ts';
import { makeReady, totalTimeoutAt } from './ready-node.ts';
import { kindOf } from './recovery/finding.ts';
import { type Line, pastOf, settle } from './settle-node.ts';
import { undoAt } from './undos.ts';

/** Tells which event ended the attempt. */
export interface AttemptEnd {
  readonly event: 'failed' | 'released' | 'leaseLost' | 'timedOut' | 'childEnded' | 'undeliverable';
  readonly because?: string;
  readonly failure: Failure;
  readonly chance: number;
  readonly advice?: Advice;
  /** Of the strategy `circuit_breaker`. */
  readonly closedOffUntil?: number;
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
  const chosen = { ...(before.trial && { arm: before.trial.arm }), ...(end.advice && { advice: end.advice }) };
  const memories = { ...(executor && { executor }), ...(lastDelayMs !== undefined && { lastDelayMs }), ...chosen };
  const closedOff = end.closedOffUntil === undefined ? {} : { closedOffMs: end.closedOffUntil - draft.now };
  const history = { ...counts, elapsedMs, ...memories, ...closedOff };
  const verdict = decideRetry(policyAt(draft, index), failure, history, end.chance);
  const line = (why: string): Line => ({
    event: end.event,
    attempt: run.attempt,
    failure,
    because: reason(end, why),
    ...foundBy(end, failure),
  });
  const fail = (why: string) => settle(draft, index, { state: 'failed', ...before, ...counts, failure }, line(why));
  if (isLeftToEnd(draft, index)) return fail('not tried again: its job is rolled back');
  if (verdict.kind === 'giveUp') return fail(verdict.because);
  const memory = verdict.lastDelayMs === undefined ? {} : { lastDelayMs: verdict.lastDelayMs };
  const past = { ...before, ...counts, ...memory, ...trialFrom(verdict, end.advice) };
  const retryAt = draft.now + verdict.delayMs;
  if (retryAt >= lastMoment(draft, index, past.readyAt)) return fail('noTimeLeftToRetry');
  if (verdict.delayMs === 0) return makeReady(draft, index, { ...past, lost, failure }, line(verdict.because));
  put(draft, index, { state: 'retrying', ...past, retryAt, failure, lost });
  tell(draft, { ...line(verdict.because), to: 'retrying', retryAt }, index);
  draft.effects.push({ kind: 'alarm', at: retryAt });
}

/** What an attempt says of itself needs no finding beside it. */
function foundBy({ event }: AttemptEnd, failure: Failure): Pick<Line, 'finding'> {
  const finding = kindOf({ event, failure });
  return finding === undefined || finding === 'failed_node' ? {} : { finding };
}

/** What was advised is remembered when it is what was done. */
function trialFrom({ arm }: { readonly arm?: Arm }, advice: Advice | undefined): Pick<NodePast, 'trial'> {
  return advice && advice.arm === arm ? { trial: { arm, kind: advice.kind } } : {};
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
export function policyAt(job: JobView, index: number): RetryPolicy {
  const node = nodeSpecAt(job, index);
  if (node.type === 'http' || node.type === 'pubsub' || node.type === 'function') {
    return node.retry ?? job.spec.retry ?? (undoAt(job, index) ? compensationPolicy : {});
  }
  return node.type === 'job' ? (node.retry ?? { maxAttempts: 1 }) : { maxAttempts: 1 };
}

/** Giving up on what must be taken back is dear. */
const compensationPolicy: RetryPolicy = { maxAttempts: 5 };

/** While a job is rolled back its own nodes only end. */
export function isLeftToEnd(draft: Draft, index: number): boolean {
  return draft.header.rollback !== undefined && undoAt(draft, index) === undefined;
}

/** No attempt that begins then or later makes sense. */
export function lastMoment(draft: Draft, index: number, readyAt: number): number {
  return Math.min(draft.header.deadlineAt ?? Infinity, totalTimeoutAt(nodeSpecAt(draft, index), readyAt));
}

function reason(end: AttemptEnd, verdict: string): string {
  return end.because ? `${end.because}, ${verdict}` : verdict;
}
