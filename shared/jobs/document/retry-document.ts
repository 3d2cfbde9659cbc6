import type { JsonObject } from '../../core/json.ts';
import { policyLimits } from '../../policy/named/index.ts';
import { type Fault, faultList } from './fault.ts';
import { plainJson } from './plain-json.ts';
import { addRetryFaults } from './retry-faults.ts';
import { retry } from './retry-schema.ts';
import { addSchemaFaults } from './schema-faults.ts';

export type ParsedPolicy =
  | { readonly kind: 'policy'; readonly policy: JsonObject }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

/** Rules are lists of texts within objects within a list. */
const bounds = { bytes: policyLimits.bytes, depth: 8 };

/** A retry policy as a document of its own: what a job may say of one inline, and every fault of it at once. Durations become milliseconds. */
export function parseRetryPolicy(document: unknown): ParsedPolicy {
  const faults = faultList();
  const plain = plainJson(document, bounds, faults);
  if (!plain) return { kind: 'faults', faults: faults.list() };
  const read = retry.safeParse(plain.value);
  if (!read.success) addSchemaFaults(read.error.issues, plain.value, [], faults);
  addRetryFaults(plain.value, [], faults);
  if (read.data?.policy) faults.add(['policy'], 'is no field here: a policy with a name is no copy of another');
  if (!read.success || !faults.isEmpty()) return { kind: 'faults', faults: faults.list() };
  // Texts become numbers and one entry becomes a list: it may have grown.
  const kept = plainJson(read.data, bounds, faults);
  return kept ? { kind: 'policy', policy: kept.value as JsonObject } : { kind: 'faults', faults: faults.list() };
}
