import type { Json } from '../core/json.ts';
import type { OverBudget } from '../policy/budget/index.ts';
import type { RecoveryAction } from '../policy/recovery/index.ts';
import type { Advice, Failure } from '../policy/retry/index.ts';
import type { Finding } from './job.ts';
import type { JobSpec } from './spec.ts';
import type { FinalState } from './states.ts';

/**
 * What can happen to a job. Nodes are named by index, attempts by number. `chance` is uniform in [0, 1) and drawn by whoever
 * makes the event, so that applying it stays pure. An event may be applied again after a failed commit.
 */
export type JobEvent =
  | NodeEvent
  | { readonly kind: 'submitted'; readonly trace?: string }
  /** The time that `startAt` names has come. */
  | { readonly kind: 'started' }
  /** Ready nodes whose message may be lost are published again. */
  | { readonly kind: 'requeued'; readonly nodes: readonly number[] }
  | SignalEvent
  | ({ readonly kind: 'paused' } & ByOperator)
  | ({ readonly kind: 'resumed' } & ByOperator)
  | ({ readonly kind: 'cancelled'; readonly finding?: 'orphaned_child' } & ByOperator)
  /** An operator has the job go on without this node. */
  | ({ readonly kind: 'nodeSkipped'; readonly node: number } & ByOperator)
  /** An operator has the job go on from what keeps it from success, or run these nodes again and all that is built on them. */
  | ({
      readonly kind: 'redriven';
      readonly nodes?: readonly number[] /** Corrected. */;
      readonly spec?: JobSpec;
    } & ByOperator)
  /** An operator captures the job's state under a name. */
  | ({ readonly kind: 'checkpointed'; readonly name: string } & ByOperator)
  /** The job goes back to a checkpoint: the newest unless one is named. */
  | ({ readonly kind: 'restored'; readonly checkpoint?: string } & ByOperator)
  /** `wish` is what was asked for, where the choice was made of it: the same wish may come to another choice when it comes again. */
  | ({ readonly kind: 'recoveryStarted'; readonly finding: Finding; readonly wish?: Json } & RecoveryChoice &
      ByOperator)
  /** Of an escalated session: what is to be done. Of that one and no other where it is named. */
  | ({ readonly kind: 'recoveryAnswered'; readonly session?: string } & RecoveryChoice & ByOperator)
  /** The session ends; what it found stands as it is. */
  | ({ readonly kind: 'recoveryCancelled'; readonly session?: string } & ByOperator)
  /** Who is to decide has to be told, for the first time or again. */
  | { readonly kind: 'escalationDue' }
  /** Who is to decide has been told. */
  | { readonly kind: 'escalationTold'; readonly session: string }
  /** What the job did is taken back, in whatever state it is; one that has ended goes on for it as a new run. */
  | ({ readonly kind: 'rollbackStarted' } & ByOperator)
  /** A compensation that failed for good is tried again, as if for the first time. */
  | ({ readonly kind: 'compensationRetried'; readonly node: number } & ByOperator)
  | { readonly kind: 'deadlinePassed' }
  /** The sweep looked and moves `nextCheckAt` on. */
  | { readonly kind: 'checked' };

/** What an operator's event says of the request that it came by; `operator-request.ts` says what follows from it, for every event that has it. */
export interface ByOperator {
  readonly by: string;
  readonly reason?: string;
  /** A key of the caller's own: the same one twice acts once. */
  readonly request?: string;
  /** The trace that the request belongs to: 32 hexadecimal digits, as in a W3C `traceparent`. */
  readonly trace?: string;
}

export interface SignalEvent {
  readonly kind: 'signalled';
  /** The same id twice is one signal. */
  readonly id: string;
  readonly name: string;
  readonly data: Json;
  readonly by: string;
  readonly trace?: string;
}

/** What can happen to an attempt. J2: it counts only while it is the node's current one. */
export type NodeEvent = { readonly node: number; readonly attempt: number } & (
  | { readonly kind: 'claimed'; readonly owner: string; readonly leaseUntil: number; readonly parcel?: string }
  /** An executor that stops hands an attempt back; it is no failure. */
  | { readonly kind: 'released' /** Whether its call may have been made. */; readonly begun: boolean }
  | { readonly kind: 'heartbeat'; readonly leaseUntil: number }
  /** The call was accepted; the result will be called back. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'succeeded'; readonly result: Json; readonly resultBytes: number; readonly by?: string }
  /** A guard of its target does not let the next attempt begin: nothing was tried, and nothing has failed. `attempt` is the next one. */
  | ({ readonly kind: 'postponed' } & Postponement)
  | ({ readonly kind: 'failed'; readonly failure: Failure; readonly chance: number; readonly by?: string } & Advised &
      ClosedOff)
  /** Its message came to nothing however often it was delivered: the attempt is over before it began. `text` is what the message said. */
  | { readonly kind: 'undeliverable'; readonly text: string; readonly chance: number }
  | { readonly kind: 'leaseLost'; readonly because: LeaseLoss; readonly chance: number }
  | ({ readonly kind: 'timedOut'; readonly limit: TimeLimit; readonly chance: number } & Advised)
  | { readonly kind: 'retryDue' }
  /** An operator does not wait for the time of the retry. */
  | ({ readonly kind: 'retriedNow' } & ByOperator)
  /** An operator wants no retry: the last failure is final. */
  | ({ readonly kind: 'retryCancelled' } & ByOperator)
  | { readonly kind: 'delayDue' }
  | { readonly kind: 'childChecked' }
  | {
      readonly kind: 'childEnded';
      readonly state: FinalState;
      readonly result: Json;
      readonly resultBytes: number;
      readonly failure?: Failure;
      readonly chance: number;
    }
);

/** An action of recovery, and what it is about. */
export interface RecoveryChoice {
  /** `fail`: the failure stands. */
  readonly action: RecoveryAction | 'fail';
  /** All that it can be about unless said. */
  readonly nodes?: readonly number[];
  /** Of `retry` and `requeue`: milliseconds until the next attempt. */
  readonly delay?: number;
  readonly priority?: number;
  readonly target?: string;
  readonly checkpoint?: string;
  readonly to?: string;
}

/** Of the strategy `adaptive`: what whoever makes the event advises, since applying it must stay pure. */
export interface Advised {
  readonly advice?: Advice;
}

/** Of the strategy `circuit_breaker`: until when the target's breaker lets nobody through, where it is open. */
export interface ClosedOff {
  readonly closedOffUntil?: number;
}

/** Which guard it was, and what it went by. */
export type Postponement = { readonly target: string; readonly until: number } & (
  | ({ readonly because: 'retryBudget' } & Omit<OverBudget, 'kind' | 'until'>)
  | { readonly because: 'breakerOpen' }
  /** `target` is the pool. */
  | { readonly because: 'bulkheadFull'; readonly limit: number; readonly depth: number }
);

export type LeaseLoss = 'leaseExpired' | 'executorGone';
export type TimeLimit = 'timeout' | 'totalTimeout' | 'heartbeatTimeout';

/** What must be done after a commit. It may be lost or doubled: the sweep finds from the state what is missing. */
export type Effect =
  | {
      readonly kind: 'enqueue';
      readonly node: number;
      readonly attempt: number;
      readonly priority: number;
      readonly parcel?: string;
      /** It was left out of a parcel, and is not to be put into one again. */
      readonly isStray?: true;
    }
  /** A moment that nobody who works for the job watches: a retry, the end of a wait, a start, a limit. */
  | { readonly kind: 'alarm'; readonly at: number }
  | { readonly kind: 'abort'; readonly node: number; readonly attempt: number }
  | { readonly kind: 'startChild'; readonly node: number; readonly attempt: number; readonly childId: string }
  | { readonly kind: 'checkChild'; readonly node: number; readonly attempt: number; readonly childId: string }
  | { readonly kind: 'cancelChild'; readonly childId: string }
  | { readonly kind: 'notify'; readonly session: string }
  | { readonly kind: 'wakeParent'; readonly parentId: string }
  | { readonly kind: 'checkParent'; readonly parentId: string };

/** Why an event did what it did, or changed nothing. */
export type Verdict =
  | { readonly kind: 'applied' }
  /** It had been applied before: nothing changes and the sender may go on as if it were new. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly because: Refusal };

export type Refusal =
  | 'jobIsFinal'
  | 'jobIsPaused'
  | 'jobIsNotPaused'
  | 'staleAttempt'
  | 'nodeIsNotReady'
  | 'nodeIsNotWaiting'
  | 'nodeIsNotRetrying'
  | 'nodeIsSettled'
  | 'unknownNode'
  | 'notDue'
  | 'unknownSignal'
  | 'tooManySignals'
  /** A rollback is under way: what runs ends, and only compensations begin. */
  | 'rollingBack'
  | 'nothingToCompensate'
  | 'tooManyCompensations'
  /** It has to be retried or skipped first. */
  | 'compensationFailed'
  | 'noFailedCompensation'
  | 'unknownCheckpoint'
  | 'tooManyCheckpoints'
  /** Another session acts on the job. */
  | 'recoveryUnderWay'
  | 'noRecoveryUnderWay'
  | 'recoveryNotEscalated'
  /** It is another session than the one that acts on the job. */
  | 'recoveryIsOver'
  /** It is no option for the job as it is, or for its nodes. */
  | 'actionNotPossible'
  /** It runs for another job, which is to be reopened in its place. */
  | 'jobIsChild'
  | 'jobIsNotFinal'
  /** It ended longer ago than a finished job can be called back. */
  | 'jobIsTooOld'
  | 'deadlineHasPassed'
  | 'nothingToRunAgain'
  /** It has other nodes than the job, or changes one that keeps its outcome. */
  | 'specDoesNotFit'
  /** The request's key came before, with something else. */
  | 'requestKeyReused';

export const applied: Verdict = { kind: 'applied' };
export const repeated: Verdict = { kind: 'repeated' };
export const refused = (because: Refusal): Verdict => ({ kind: 'refused', because });
