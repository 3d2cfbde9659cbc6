/**
 * Policies as documents of their own: a name, and versions that never change. What becomes of a document when it is created, changed
 * or deleted is said here and only kept by the stores, so that all of them say the same.
 */
export {
  created,
  deleted,
  found,
  type PolicyCreated,
  type PolicyDeleted,
  type PolicyDraft,
  type PolicyHistory,
  type PolicyUpdated,
  type PolicyVersion,
  updated,
} from './history.ts';
export { policyLimits, policyNameForm } from './limits.ts';
export { decodeNamePlace, encodeNamePlace, nameBefore } from './name-place.ts';
