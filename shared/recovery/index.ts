/**
 * The doctor's room: what is wrong with a job as it stands, and what its own rules would do about it. Pure, and nothing is changed here: what
 * is done about it is done in `jobs/recovery`, by an event like all others. What is found here and what the audit's lines name in passing have
 * the same names (`FindingKind`).
 */
export { diagnose } from './diagnose.ts';
export { isAwaited } from './orphan.ts';
export { findingFor, optionsOf, type Prescription, prescribe } from './prescribe.ts';
