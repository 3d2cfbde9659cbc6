import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { policyNameForm } from '../../policy/named/index.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { type JobSketch, workIn } from './spec-sketch.ts';
import { didYouMean } from './suggestion.ts';

/**
 * Where a document names a retry policy in place of one: `retry: careful`, or `retry: { policy: careful, version: 3 }`. Each is replaced
 * by a copy that says what it is a copy of, before anything else looks at the document: a spec is whole and nothing that happens to
 * the policy later changes it.
 */
export interface PolicyName {
  readonly name: string;
  /** The newest unless said. */
  readonly version?: number;
}

/** What is known of a policy; `message` says why it isn't, `at` which part of its name is wrong. */
export type FoundPolicy =
  | { readonly kind: 'found'; readonly version: number; readonly policy: JsonObject }
  | { readonly kind: 'unknown'; readonly message: string; readonly at: 'policy' | 'version' };

export type PolicyLookup = (named: PolicyName) => FoundPolicy;

/** A place that names a policy. */
export interface PolicyUse extends PolicyName {
  /** The way to `retry`. */
  readonly steps: readonly Step[];
  /** What has the field; it is changed when the copy is filled in. */
  readonly owner: JsonObject;
}

/** What is misspelt is a fault, and stands for a policy that says nothing. */
export function policyUsesIn(jobs: readonly JobSketch[], faults: FaultList): PolicyUse[] {
  const uses: PolicyUse[] = [];
  for (const job of jobs) {
    for (const { fields, steps } of [job, ...workIn(job)]) {
      const use = readUse(fields, [...steps, 'retry'], faults);
      if (use) uses.push(use);
    }
  }
  return uses;
}

function readUse(owner: JsonObject, steps: readonly Step[], faults: FaultList): PolicyUse | undefined {
  const given = owner['retry'];
  if (typeof given === 'string') return useOf(owner, steps, steps, given, undefined, faults);
  if (!isJsonObject(given) || typeof given['policy'] !== 'string') return undefined;
  const { policy, version, ...others } = given;
  for (const field of Object.keys(others))
    faults.add([...steps, field], 'stands beside `policy`: a policy is named or written out, not both');
  return useOf(owner, steps, [...steps, 'policy'], policy, version, faults);
}

function useOf(
  owner: JsonObject,
  steps: readonly Step[],
  nameAt: readonly Step[],
  name: string,
  version: Json | undefined,
  faults: FaultList,
): PolicyUse | undefined {
  const isNumber = typeof version === 'number' && Number.isInteger(version) && version >= 1;
  if (!policyNameForm.test(name)) faults.add(nameAt, `${JSON.stringify(name.slice(0, 100))} is ${noName}`);
  if (version !== undefined && !isNumber) faults.add([...steps, 'version'], 'must be a whole number, 1 or more');
  if (policyNameForm.test(name) && (version === undefined || isNumber))
    return { name, ...(isNumber && { version }), steps, owner };
  putCopy(owner, {});
  return undefined;
}

/** The document is a copy that nobody else has yet. */
export function putCopy(owner: JsonObject, retry: JsonObject): void {
  (owner as Record<string, Json>)['retry'] = retry;
}

const noName =
  'no name of a retry policy: those have 1 to 100 characters out of letters, digits and `. _ -`, a letter or digit first';

export function keyOf({ name, version }: PolicyName): string {
  return version === undefined ? name : `${name}@${version}`;
}

/** Where nobody knows any policy. */
export const noPolicies: PolicyLookup = ({ name }) => ({
  kind: 'unknown',
  at: 'policy',
  message: `names the retry policy \`${name}\`, but there are no policies with names here`,
});

/** Where names are left to an engine that knows them. */
export const anyPolicy: PolicyLookup = ({ version = 1 }) => ({ kind: 'found', version, policy: {} });

/** For a name that nobody has. */
export function unknownPolicy({ name }: PolicyName, known: readonly string[]): FoundPolicy {
  return { kind: 'unknown', at: 'policy', message: `there is no retry policy \`${name}\`${didYouMean(name, known)}` };
}

/** For a version that the name does not have, or no longer. */
export function unknownVersion({ name, version }: PolicyName, newest: number): FoundPolicy {
  const message = `retry policy \`${name}\` has no version ${version} to be started with; its newest is ${newest}`;
  return { kind: 'unknown', at: 'version', message };
}
