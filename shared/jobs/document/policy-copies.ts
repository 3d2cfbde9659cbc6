import { type Json, type JsonObject, jsonBytes } from '../../core/json.ts';
import type { RetryPolicy } from '../../policy/retry/index.ts';
import type { Compensable, JobSpec } from '../spec.ts';
import { type FaultList, pathText } from './fault.ts';
import {
  type FoundPolicy,
  keyOf,
  type PolicyLookup,
  type PolicyName,
  type PolicyUse,
  putCopy,
} from './policy-names.ts';

/**
 * Puts the copies in their places. `bytes` is the size of the document; undefined when the copies make it larger than `bytesMost`. Who is
 * unknown is told to `unknown` and stands for a policy that says nothing.
 */
export function fillPolicies(
  uses: readonly PolicyUse[],
  lookup: PolicyLookup,
  { bytes, bytesMost }: { readonly bytes: number; readonly bytesMost: number },
  unknown: FaultList,
): number | undefined {
  const copies = new Map<string, { readonly copy: JsonObject; readonly bytes: number }>();
  let sum = bytes;
  for (const use of uses) {
    const found = lookup(use);
    const known = copies.get(keyOf(use)) ?? sized(copyOf(use, found, unknown));
    // Who is unknown is told at every place.
    if (found.kind === 'found') copies.set(keyOf(use), known);
    sum += known.bytes;
    putCopy(use.owner, sum > bytesMost ? {} : known.copy);
  }
  return sum > bytesMost ? undefined : sum;
}

const sized = (copy: JsonObject) => ({ copy, bytes: jsonBytes(copy) });

function copyOf(use: PolicyUse, found: FoundPolicy, unknown: FaultList): JsonObject {
  const { name, version = 1 } = use;
  if (found.kind === 'found') return { ...found.policy, policy: { name, version: found.version } };
  const isText = typeof use.owner['retry'] === 'string';
  unknown.add(isText ? use.steps : [...use.steps, found.at], found.message);
  return { policy: { name, version } };
}

/** The spec with names in the places of their copies: what was asked for, whatever the policies said at that time. */
export function withNames(spec: JobSpec, uses: readonly PolicyUse[]): Json {
  const names = new Map(uses.map((use) => [pathText(use.steps), use]));
  const named = <Part extends { readonly retry?: RetryPolicy }>(part: Part, path: string): Part => {
    const use = names.get(`${path}retry`);
    return use && isCopyOf(part.retry, use) ? { ...part, retry: asName(use) } : part;
  };
  const child = <Part extends object>(part: Part, path: string): Part =>
    'job' in part ? { ...part, job: jobAt(part.job as JobSpec, `${path}job.`) } : part;
  function jobAt(job: JobSpec, path: string): JobSpec {
    const work = <Part extends object>(part: Part, at: string): Part => {
      const own = child(named(part, at), at) as Part & Compensable;
      const { compensate } = own;
      return compensate ? { ...own, compensate: named(compensate, `${at}compensate.`) } : own;
    };
    const nodes = job.nodes.map((node, place) => {
      const at = `${path}nodes[${place}].`;
      const own = work(node, at);
      return own.type === 'map' ? { ...own, node: work(own.node, `${at}node.`) } : own;
    });
    return { ...named(job, path), nodes };
  }
  return jobAt(spec, '') as unknown as Json;
}

function isCopyOf(retry: RetryPolicy | undefined, { name, version }: PolicyName): boolean {
  const copied = retry?.policy;
  return copied?.name === name && (version === undefined || copied.version === version);
}

const asName = ({ name, version }: PolicyName): Json => (version === undefined ? name : { policy: name, version });
