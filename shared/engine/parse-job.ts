import {
  type FoundPolicy,
  keyOf,
  openJobDocument,
  type ParsedSpec,
  type PolicyLookup,
  type PolicyName,
  unknownPolicy,
  unknownVersion,
} from '../jobs/document/index.ts';
import { policyLimits } from '../policy/named/index.ts';
import type { Policies } from '../ports/index.ts';

/** From a document to a spec: the retry policies that it names are read, each once, and written into the spec as they are now. */
export async function parseJob(
  policies: Policies,
  document: unknown,
  now: number,
  repeated = false,
): Promise<ParsedSpec> {
  const open = openJobDocument(document);
  return open.parse(now, repeated, await findPolicies(policies, open.policies));
}

/** Names that somebody may have meant. */
const suggestionsMost = 1_000;

async function findPolicies(policies: Policies, names: readonly PolicyName[]): Promise<PolicyLookup> {
  const different = new Map(names.map((name) => [keyOf(name), name]));
  const asked = [...different.values()].slice(0, policyLimits.namesPerJob);
  const found = new Map<string, FoundPolicy>();
  const unknown: PolicyName[] = [];
  await Promise.all(
    asked.map(async (each) => {
      const policy = await policies.get('retry', each.name, each.version);
      if (policy) found.set(keyOf(each), { kind: 'found', version: policy.version, policy: policy.body });
      else unknown.push(each);
    }),
  );
  for (const [key, why] of await whyUnknown(policies, unknown)) found.set(key, why);
  return (name) => found.get(keyOf(name)) ?? tooMany(different.size);
}

/** A name that nobody has, or a name without that version. */
async function whyUnknown(
  policies: Policies,
  names: readonly PolicyName[],
): Promise<readonly (readonly [string, FoundPolicy])[]> {
  if (names.length === 0) return [];
  const known = (await policies.list('retry', { size: suggestionsMost })).policies;
  return Promise.all(
    names.map(async (each) => {
      const newest = each.version === undefined ? undefined : await policies.get('retry', each.name);
      const why = newest
        ? unknownVersion(each, newest.version)
        : unknownPolicy(
            each,
            known.map(({ name }) => name),
          );
      return [keyOf(each), why] as const;
    }),
  );
}

function tooMany(count: number): FoundPolicy {
  const message = `is one of ${count} retry policies that this job names; ${policyLimits.namesPerJob} are the most`;
  return { kind: 'unknown', at: 'policy', message };
}
