/** Whether a target is called at all: after failures in a row it is left alone, and then asked by a probe whether it is well again. */
export {
  type Admission,
  admit,
  type Breaker,
  type BreakerOutcome,
  type BreakerRules,
  closedBreaker,
  defaultBreakerRules,
  record,
} from './breaker.ts';
export { callVerdict } from './call-verdict.ts';
export type { BreakerSpec, BreakerWindow, Override } from './spec.ts';
