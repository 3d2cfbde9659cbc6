/**
 * What is done about a failure once its retry policy has given up, or about a job that has ended without success: rules, in order, each with
 * what it is for, an action and how often. Pure: what was found and what was done before is given.
 */
export { decideRecovery, type Remedy, sentenceOf, usedWith } from './decide.ts';
export {
  type FindingKind,
  findingKinds,
  isRepeatable,
  type RecoveryAction,
  type RecoveryPolicy,
  type RecoveryRule,
  recoveryActions,
} from './policy.ts';
