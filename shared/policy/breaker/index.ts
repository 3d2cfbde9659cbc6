/** Whether a target is called at all: when its calls fail it is left alone, and then asked by probes whether it is well again. */
export { failureRateNow, rulesNow, tellThreshold } from './adaptive-threshold.ts';
export { breaches, type CallCounts, type Criterion, criteria, tellBreach } from './breach.ts';
export {
  type Admission,
  admit,
  type Breaker,
  type BreakerOutcome,
  type BreakerState,
  breachOf,
  closeBreaker,
  countOutcome,
  countSuccessesOf,
  countsOf,
  createBreaker,
  isSlowCall,
  record,
  retryAtOf,
  stateOf,
} from './breaker.ts';
export { callVerdict } from './call-verdict.ts';
export type { SpecFault } from './check-spec.ts';
export { type CallClass, type Classify, type EndedCall, outcomeOf } from './classify.ts';
export { type ConfiguredPresets, configurePresets } from './configure-presets.ts';
export { evidenceAfter, failuresUntilEvident, isEvident } from './early.ts';
export { type FleetVerdict, judgeFleet } from './judge-fleet.ts';
export { openForMs } from './outage.ts';
export { admitUnder, faultsOfOverride, inForce, recordUnder } from './override.ts';
export { defaultPanicFloor, panics } from './panic-floor.ts';
export { type BreakerPresets, breakerPresets } from './presets.ts';
export { type ResolvedBreaker, resolveBreakerSpec } from './resolve-spec.ts';
export { type BreakerRules, defaultBreakerRules } from './rules.ts';
export type { BreakerSpec, BreakerWindow, Override } from './spec.ts';
