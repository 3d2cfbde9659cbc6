/** What the engine needs of the world. Each promise here is a test in `test/contracts/`. */

export type { GuardLine } from '../policy/guards/index.ts';
export type { BatchCreated, Batches, BatchPage, BatchQuery } from './batches.ts';
export type { BreakerReport, BreakerStates, BreakerTransition, FleetBreaker, ProbeAnswer } from './breaker-states.ts';
export type { Attempt, HttpCall, HttpCaller, Outcome, TopicPublisher } from './call.ts';
export type { GuardChange, GuardRecord, GuardRecords, GuardRequest } from './guard-records.ts';
export type { Created, DueJob, JobChange, JobPage, JobQuery, JobStore, JobSummary, StoreUsage } from './job-store.ts';
export type { NodeMessage, NodeQueue, NodeSource } from './node-queue.ts';
export type { ClaimedParcel, Parcel, ParcelClaimed, ParcelEvent, ParcelNode, Parcels } from './parcels.ts';
export type { PermitAnswer, PermitEars, Permits, PermitWish, PoolUse } from './permits.ts';
export type { Policies, PolicyPage, PolicyQuery } from './policies.ts';
export type { Recoveries, RecoveryPage, RecoveryQuery } from './recoveries.ts';
export type { SlotCount, TargetCounts } from './target-counts.ts';
export type { Timers } from './timers.ts';
export type { TokenAnswer, TokenBuckets, TokenWish } from './token-buckets.ts';
