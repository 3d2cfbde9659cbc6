import type { Json } from '../core/json.ts';
import type { Failure, Trial } from '../policy/retry/index.ts';
import type { Checkpoint, RecoverySession } from './recovery-session.ts';
import type { JobSpec } from './spec.ts';
import type { JobState, NodeState, SettledState } from './states.ts';

export type { Checkpoint, Escalation, Finding, RecoverySession, RecoveryStep } from './recovery-session.ts';

/** One run of a DAG. Immutable: `applyToJob` makes a new one and shares what did not change. */
export interface Job {
  readonly id: string;
  /** Pinned at submit. */
  readonly spec: JobSpec;
  readonly header: JobHeader;
  /** Node `i` is `pages[i / nodesPerPage][i % nodesPerPage]`: first the spec's nodes in their order, then what was added: items of maps, and compensations. */
  readonly pages: readonly NodePage[];
}

export interface JobHeader {
  /** One more with every commit; a commit on any other version is a conflict. */
  readonly version: number;
  readonly state: JobState;
  readonly submittedAt: number;
  /** Which run this is: one more each time that the job was reopened after its end; absent in the first. */
  readonly run?: number;
  /** In whichever run. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Of the spec's `deadline` and `timeout` the earlier one. */
  readonly deadlineAt?: number;
  readonly paused?: Pause;
  /** Of a job that has not started: when its last pause ended. */
  readonly resumedAt?: number;
  /** States that the job can be restored to, oldest first. Absent before the first. */
  readonly checkpoints?: readonly Checkpoint[];
  /** The recovery session that acts on the job: one at a time. */
  readonly recovery?: RecoverySession;
  /** Sessions so far. */
  readonly recoveries?: number;
  /** How often rules have restored the job in a run: whatever node it was for, all of the job is run again. */
  readonly restores?: { readonly run: number; readonly count: number };
  /** While the job is rolled back. */
  readonly rollback?: Rollback;
  /** The compensations that rollbacks added, in their order. Absent before the first. */
  readonly rollbacks?: readonly UndoneNodes[];
  readonly idempotency?: Idempotency;
  readonly parent?: Parent;
  readonly tally: Tally;
  /** J4: when the sweep must look at this job again; absent only when the job is final. */
  readonly nextCheckAt?: number;
  /**
   * The earliest moment that somebody must be woken at, since nobody who works for the job watches it: a retry, the end of a wait, a
   * limit. Absent when there is none.
   */
  readonly alarmAt?: number;
  /** When the sweep last looked. */
  readonly checkedAt: number;
  /** Audit lines written so far; the next one has this number plus one. */
  readonly auditCount: number;
  /** The last line's seal, so that an end that was cut off shows. Absent until lines were sealed. */
  readonly seal?: string;
  /** Of a job that was stored before lines were sealed: how many lines it had when the first seal came. */
  readonly unsealedUntil?: number;
  /** Signals that came before a node waited for them, oldest first. */
  readonly inbox: readonly Signal[];
  /** Ids of the last signals taken in, so that a repeated one is known. */
  readonly signalIds: readonly string[];
  /** The last requests of operators that were carried out under a key of theirs, oldest first. Absent before the first. */
  readonly requests?: readonly KeyedRequest[];
  readonly maps: readonly MapItems[];
  /** Bytes of all results kept. */
  readonly resultBytes: number;
  readonly failure?: Failure;
}

export interface Pause {
  readonly since: number;
  readonly by: string;
  /** Nobody asked for it: a compensation failed for good, and somebody must decide. */
  readonly cause?: 'compensationFailed' | 'escalated';
}

export interface Rollback {
  readonly since: number;
  readonly by: string;
  /** First what runs is left to end, so that it is known what there is to compensate. */
  readonly stage: 'ending' | 'compensating';
  /** What brought the job to this; without one it was taken back at will, and ends as aborted. */
  readonly failure?: Failure;
}

/** One compensation for each node of these spans, in their order, from index `first` on. Immutable. */
export interface UndoneNodes {
  readonly first: number;
  readonly spans: readonly UndoneSpan[];
}

/** So many nodes from this index on that had succeeded with this attempt. The header is written often: few bytes. */
export type UndoneSpan = readonly [node: number, count: number, attempt: number];

/** J9: the key that a client gave and a fingerprint of what it sent with it. */
export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
}

/** A request that acted, so that it is known when it comes again. */
export interface KeyedRequest {
  readonly key: string;
  /** A fingerprint of what was asked for. */
  readonly asked: string;
  /** Number of the recovery session that it began. */
  readonly session?: number;
}

export interface Parent {
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
  /** 1 for a child of a job that has no parent. */
  readonly depth: number;
}

export interface Signal {
  readonly id: string;
  readonly name: string;
  readonly data: Json;
  readonly at: number;
}

/** Which nodes are a map's items: `count` of them from index `first` on. Immutable, as the list that the map works on is. */
export interface MapItems {
  readonly node: number;
  readonly first: number;
  readonly count: number;
  /** The map was reset and makes its list anew: these items belong to nobody any more. */
  readonly isGivenUp?: boolean;
  /** Of items that were given up: the highest attempt that any of them made; those of the next list count on from it. */
  readonly lastAttempt?: number;
  /** What `over` refers to and had not settled when the map started: the list is made of what it saw then. */
  readonly seen?: readonly SeenNode[];
}

/** A node that had not settled, as a reference saw it: it had no result yet. */
export interface SeenNode {
  readonly node: number;
  readonly state: NodeState;
  readonly failure?: Pick<Failure, 'code' | 'message'>;
}

/** Nodes by state; `lost` are those of `ready` and `retrying` that follow a lost lease. */
export type Tally = Readonly<Record<NodeState | 'lost', number>>;

export interface NodePage {
  readonly nodes: readonly NodeRun[];
  /** The earliest time at which a node of this page needs a look; Infinity when none does. */
  readonly dueAt: number;
  /** The earliest of these moments that nobody who works for the job watches. */
  readonly alarmAt: number;
}

export type NodeRun = BlockedNode | ReadyNode | RunningNode | WaitingNode | RetryingNode | SettledNode;

/** Waits for its dependencies, or, as an item, for its map to let it start. The counts follow from the other nodes and are not stored. */
export interface BlockedNode {
  readonly state: 'blocked';
  readonly unsettled: number;
  readonly succeeded: number;
  /** Of a node that was reset: its last attempt, which no later one may be taken for. */
  readonly lastAttempt?: number;
  readonly redoAfter?: number;
  readonly recovered?: Recovered;
}

/** What a node remembers from the moment it first could start. */
export interface NodePast {
  /** Number of the current or last attempt, 0 before the first. It fences: what any other attempt says is ignored. */
  readonly attempt: number;
  readonly failures: number;
  readonly leaseLosses: number;
  /** When it first could start. */
  readonly readyAt: number;
  readonly startedAt?: number;
  /** Of a policy with jitter `decorrelated`, and of no other: the last delay, which the next one goes on from. */
  readonly lastDelayMs?: number;
  /** Of a node that had succeeded and runs again: its attempts up to here did another piece of work, and a target must not answer with that. */
  readonly redoAfter?: number;
  /** Of the strategy `adaptive`, and of no other: what it chose with the first failure. */
  readonly trial?: Trial;
  readonly recovered?: Recovered;
}

/** How often each rule of the recovery policy was applied to a node in a run of its job, by its place. */
export interface Recovered {
  readonly run: number;
  readonly used: readonly number[];
}

export interface ReadyNode extends NodePast {
  readonly state: 'ready';
  /** When it is published again, in case its message was lost; absent while the job is paused. */
  readonly requeueAt?: number;
  readonly requeues: number;
  /** Whether its last lease was lost. */
  readonly lost: boolean;
  /** What it last failed with, where its next attempt is a retry. */
  readonly failure?: Failure;
  /** An operator asked for its next attempt: no guard of its target holds that back. */
  readonly isUrged?: true;
  /** The parcel that its next attempt is handed out in, for as long as it waits for that attempt: only with it may it be claimed. */
  readonly parcel?: string;
}

export interface RunningNode extends NodePast {
  readonly state: 'running';
  /** The executor that holds the lease. */
  readonly owner: string;
  readonly leaseUntil: number;
  readonly timeoutAt?: number;
  /** The parcel that it was claimed in, and whose news are its own. */
  readonly parcel?: string;
}

export interface WaitingNode extends NodePast {
  readonly state: 'waiting';
  readonly on: Wait;
  readonly timeoutAt?: number;
}

export type Wait =
  | { readonly kind: 'time'; readonly until: number }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'callback'; readonly heartbeatBy?: number }
  | { readonly kind: 'child'; readonly jobId: string; readonly checkAt: number }
  /** It has failed, and somebody is asked what is to be done about it. */
  | { readonly kind: 'decision'; readonly failure: Failure }
  | { readonly kind: 'items'; readonly started: number; readonly unsettled: number };

export interface RetryingNode extends NodePast {
  readonly state: 'retrying';
  readonly retryAt: number;
  readonly failure: Failure;
  readonly lost: boolean;
}

export interface SettledNode extends NodePast {
  readonly state: SettledState;
  readonly endedAt: number;
  /** Of `succeeded`. A map's result is not stored: it is the list of its items' results. */
  readonly result?: Json;
  /** Of `failed`. */
  readonly failure?: Failure;
  /** Of `skipped`, where somebody decided it. */
  readonly skippedBy?: string;
  /** The parcel that its next attempt was handed out in when it settled: it may have been claimed there without a word to the job. */
  readonly parcel?: string;
}
