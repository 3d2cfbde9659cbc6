/**
 * Whether and when a failed attempt is made again. Pure: the failure, the counts so far and one number of chance go in,
 * a verdict comes out that says why. Failures are judged in `classify.ts` by rules and one table, delays made in `delay.ts`.
 */
export { type Advice, type Arm, armPolicy, arms, type Trial } from './arms.ts';
export { classifyFailure } from './classify.ts';
export { type Failure, statusOf } from './failure.ts';
export { type FailureKind, failureKinds, kindOf } from './failure-kind.ts';
export { type FailureGroup, failureTable, knownRetryable } from './failure-table.ts';
export {
  defaultRetryPolicy,
  jitterOf,
  type RetryPolicy,
  type RetryRule,
  retryJitters,
  retryStrategies,
  statusClasses,
  strategyOf,
} from './policy.ts';
export { decideRetry, mayRunTwice, type RetryHistory, type RetryVerdict } from './retry.ts';
export { readRetryAfter } from './retry-after.ts';
