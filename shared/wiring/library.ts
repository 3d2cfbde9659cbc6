/**
 * What code of the user's imports as `breakwater`: the errors that handlers throw and that say what was refused, the guards of what they call, and the types of what
 * they are given. Nothing happens when it is imported.
 */
export { CodedError } from '../core/error.ts';
export type { Json } from '../core/json.ts';
export { errorOf, jobOrThrow } from '../edge/api/answer-error.ts';
export type { Answer, Engine, Handler } from '../engine/engine.ts';
export type { BreakerHandle, BreakerPass, BreakerRefusal } from '../engine/guards/breaker-handle.ts';
export type { BreakerView } from '../engine/guards/guards.ts';
export type { Guarded, Refusal } from '../engine/guards/refusal.ts';
export {
  type ErrorContext,
  InvalidStateError,
  OrchestrationError,
  RecoveryError,
  RetryPolicyError,
} from '../jobs/index.ts';
export type { BreakerSpec, Classify } from '../policy/breaker/index.ts';
export type { Attempt } from '../ports/index.ts';
export { breaker, guard } from './guards-here.ts';
