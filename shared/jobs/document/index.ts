/**
 * Documents that ask for a job: what people write is read whole, every fault is named at once with its path, and what is sound becomes a
 * spec. The schemas are here, and with them zod; whoever only runs jobs does not load them.
 */
export { type Fault, type FaultList, faultList, pathText } from './fault.ts';
export {
  type Asked,
  type OpenDocument,
  openJobDocument,
  type ParsedSpec,
  parseJobSpec,
} from './parse-spec.ts';
export { type Bounds, type PlainJson, plainJson } from './plain-json.ts';
export {
  anyPolicy,
  type FoundPolicy,
  keyOf,
  type PolicyLookup,
  type PolicyName,
  unknownPolicy,
  unknownVersion,
} from './policy-names.ts';
export { faultOfAddress, takenBy } from './recovery-faults.ts';
export { type ParsedPolicy, parseRetryPolicy } from './retry-document.ts';
export { retry } from './retry-schema.ts';
export { checkpointName, isWebAddress, label, pause } from './schema-values.ts';
export { jobDocument } from './spec-schema.ts';
export { jobFromWfFormat, looksLikeWfFormat, type ReadWorkflow } from './wfformat.ts';
