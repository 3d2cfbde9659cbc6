/**
 * What code of the user's imports as `breakwater`: the errors that handlers throw and that say what was refused, the guards of what they call, and the types of what
 * they are given. Nothing happens when it is imported.
 */
export { CodedError } from '../core/error.ts';
export type { Json } from '../core/json.ts';
export { errorOf, jobOrThrow } from '../edge/api/answer-error.ts';
export type { Answer, Engine, Handler } from '../engine/engine.ts';
export type { BreakerHandle, BreakerPass, BreakerRefusal } from '../engine/guards/breaker-handle.ts';
export type { BulkheadHandle } from '../engine/guards/bulkhead-handle.ts';
export type { BulkheadPermit } from '../engine/guards/bulkhead-permit.ts';
export type { BulkheadRejection } from '../engine/guards/bulkhead-rejection.ts';
export type { GuardedCall } from '../engine/guards/call-under-way.ts';
export type { Guard } from '../engine/guards/compose.ts';
export type { Fallback, FellBack, FellOver } from '../engine/guards/fall-back.ts';
export type { GuardOptions } from '../engine/guards/guard-options.ts';
export type { Asked } from '../engine/guards/guard-parts.ts';
export type { BreakerView, GuardMode } from '../engine/guards/guards.ts';
export type { Guarded, Refusal } from '../engine/guards/refusal.ts';
export {
  type ErrorContext,
  InvalidStateError,
  OrchestrationError,
  RecoveryError,
  RetryPolicyError,
} from '../jobs/index.ts';
export type { BreakerSpec, Classify } from '../policy/breaker/index.ts';
export type { BulkheadSpec, PriorityClass } from '../policy/bulkhead/index.ts';
export type { Attempt } from '../ports/index.ts';
export { breaker, bulkhead, guard } from './guards-here.ts';
export { type SharedGuards, type ShareOptions, shareGuards } from './share-guards.ts';
