import { rewardOf } from '../policy/adaptive/index.ts';
import {
  type Arm,
  classifyFailure,
  defaultRetryPolicy,
  type Failure,
  type FailureKind,
  kindOf,
  type RetryPolicy,
} from '../policy/retry/index.ts';
import type { JobEvent } from './event.ts';
import { hasNode, type JobView, nodeAt } from './nodes.ts';
import { policyAt } from './retry-node.ts';

/** Whether its strategy is `adaptive`, free to choose. */
export function isAdaptive(job: JobView, node: number): boolean {
  return adaptiveAt(job, node) !== undefined;
}

/** A node has failed, and the strategy `adaptive` has to choose for it. */
export interface AdviceWanted {
  readonly node: number;
  readonly kind: FailureKind;
  /** Nothing is tried out. */
  readonly frozen: boolean;
}

/** Undefined for every other event, and once there was a choice. */
export function adviceWanted(job: JobView, event: JobEvent): AdviceWanted | undefined {
  const failure = failureIn(event);
  if (!failure || !('node' in event)) return undefined;
  const policy = adaptiveAt(job, event.node);
  if (!policy || !asksStrategy(policy, failure)) return undefined;
  const run = nodeAt(job, event.node);
  if (run.state === 'blocked' || run.trial) return undefined;
  return { node: event.node, kind: kindOf(failure), frozen: policy.frozen === true };
}

export interface EndedTrial {
  readonly node: number;
  readonly arm: Arm;
  readonly kind: FailureKind;
  /** Between 0 and 1. */
  readonly earned: number;
}

/**
 * What an event that was applied between `before` and `after` says of the strategy that its node was on; undefined when nothing. A
 * failure that is final whatever its strategy says nothing of it, and neither does an end that somebody brought about.
 */
export function endedTrial(before: JobView, event: JobEvent, after: JobView, now: number): EndedTrial | undefined {
  const failure = failureIn(event);
  const isLate = event.kind === 'timedOut' && event.limit === 'totalTimeout';
  if (!(failure || isLate || event.kind === 'succeeded')) return undefined;
  const { node } = event as Extract<JobEvent, { kind: 'failed' | 'timedOut' | 'succeeded' }>;
  const policy = adaptiveAt(before, node);
  if (!policy || policy.frozen === true) return undefined;
  const run = nodeAt(before, node);
  if (run.state === 'blocked') return undefined;
  const trial = run.trial ?? ('advice' in event ? event.advice : undefined);
  if (!trial) return undefined;
  const { arm, kind } = trial;
  const ended = nodeAt(after, node).state;
  const cost = { failures: run.failures, tookMs: now - (run.startedAt ?? now) };
  if (ended === 'succeeded') return { node, arm, kind, earned: rewardOf(policy, cost) };
  if (ended !== 'failed' || (failure && !asksStrategy(policy, failure))) return undefined;
  return { node, arm, kind, earned: 0 };
}

/** Of an attempt that failed by itself: an executor that was lost says nothing of its target. */
function failureIn(event: JobEvent): Failure | undefined {
  if (event.kind === 'failed') return event.failure;
  if (event.kind !== 'timedOut' || event.limit === 'totalTimeout') return undefined;
  return { code: event.limit === 'timeout' ? 'timeout' : 'heartbeat_timeout', message: '' };
}

/** Whether there is a retry at all, and no rule names its delay. */
function asksStrategy(policy: RetryPolicy, failure: Failure): boolean {
  if ((policy.maxAttempts ?? defaultRetryPolicy.maxAttempts) === 1) return false;
  const verdict = classifyFailure(policy, failure);
  return verdict.kind === 'retryable' && verdict.rule?.delayMs === undefined;
}

/** The policy where it is `adaptive` and free to choose. */
function adaptiveAt(job: JobView, node: number): RetryPolicy | undefined {
  if (!hasNode(job, node)) return undefined;
  const policy = policyAt(job, node);
  const isFree = policy.frozen === undefined || policy.frozen === true;
  return policy.strategy === 'adaptive' && isFree ? policy : undefined;
}
