import type { Json } from '../core/json.ts';
import type { Failure } from '../policy/retry/index.ts';
import type { FinalState } from './states.ts';

/**
 * What can happen to a job. Nodes are named by index, attempts by number. `chance` is uniform in [0, 1) and drawn by whoever
 * makes the event, so that applying it stays pure. An event may be applied again after a failed commit.
 */
export type JobEvent =
  | NodeEvent
  | { readonly kind: 'submitted' }
  /** The time that `startAt` names has come. */
  | { readonly kind: 'started' }
  /** Ready nodes whose message may be lost are published again. */
  | { readonly kind: 'requeued'; readonly nodes: readonly number[] }
  | SignalEvent
  | { readonly kind: 'paused'; readonly by: string }
  | { readonly kind: 'resumed'; readonly by: string }
  | { readonly kind: 'cancelled'; readonly by: string; readonly reason?: string }
  /** An operator has the job go on without this node. */
  | { readonly kind: 'nodeSkipped'; readonly node: number; readonly by: string; readonly reason?: string }
  | { readonly kind: 'deadlinePassed' }
  /** The sweep looked and moves `nextCheckAt` on. */
  | { readonly kind: 'checked' };

export interface SignalEvent {
  readonly kind: 'signalled';
  /** The same id twice is one signal. */
  readonly id: string;
  readonly name: string;
  readonly data: Json;
  readonly by: string;
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
  | { readonly kind: 'failed'; readonly failure: Failure; readonly chance: number; readonly by?: string }
  /** Its message came to nothing however often it was delivered: the attempt is over before it began. `text` is what the message said. */
  | { readonly kind: 'undeliverable'; readonly text: string; readonly chance: number }
  | { readonly kind: 'leaseLost'; readonly because: LeaseLoss; readonly chance: number }
  | { readonly kind: 'timedOut'; readonly limit: TimeLimit; readonly chance: number }
  | { readonly kind: 'retryDue' }
  /** An operator does not wait for the time of the retry. */
  | { readonly kind: 'retriedNow'; readonly by: string }
  /** An operator wants no retry: the last failure is final. */
  | { readonly kind: 'retryCancelled'; readonly by: string; readonly reason?: string }
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
    }
  /** A moment that nobody who works for the job watches: a retry, the end of a wait, a start, a limit. */
  | { readonly kind: 'alarm'; readonly at: number }
  | { readonly kind: 'abort'; readonly node: number; readonly attempt: number }
  | { readonly kind: 'startChild'; readonly node: number; readonly attempt: number; readonly childId: string }
  | { readonly kind: 'checkChild'; readonly node: number; readonly attempt: number; readonly childId: string }
  | { readonly kind: 'cancelChild'; readonly childId: string }
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
  | 'tooManySignals';

export const applied: Verdict = { kind: 'applied' };
export const repeated: Verdict = { kind: 'repeated' };
export const refused = (because: Refusal): Verdict => ({ kind: 'refused', because });
