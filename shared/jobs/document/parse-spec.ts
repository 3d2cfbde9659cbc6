import type { Json } from '../../core/json.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { limits } from '../limits.ts';
import type { JobSpec } from '../spec.ts';
import { type Fault, type FaultList, faultList } from './fault.ts';
import { readGraph } from './graph-faults.ts';
import { plainJson } from './plain-json.ts';
import { fillPolicies, withNames } from './policy-copies.ts';
import { noPolicies, type PolicyLookup, type PolicyName, type PolicyUse, policyUsesIn } from './policy-names.ts';
import { addRecoveryFaults } from './recovery-faults.ts';
import { addReferenceFaults } from './reference-faults.ts';
import { readForm } from './spec-form.ts';
import { type JobSketch, jobsIn } from './spec-sketch.ts';
import { addTimeFaults } from './time-faults.ts';

export type ParsedSpec =
  | { readonly kind: 'spec'; readonly spec: JobSpec; readonly asked?: Asked }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

/** What was sent, of a document that names retry policies: its spec says more than that. */
export interface Asked {
  readonly document: Json;
  /** J9: of what was sent. The same request is the same job, whatever has become of its policies in between. */
  readonly fingerprint: string;
  readonly policies: readonly PolicyName[];
  /** Whether a spec was made of such a document, whatever its policies said then. */
  readonly isAskedBy: (spec: JobSpec) => boolean;
  /** Of a document that may have been submitted before: names that nobody has now, for submit to judge. */
  readonly unknown: readonly Fault[];
}

/** A document that was looked at: which retry policies it names is known, what they say is not. */
export interface OpenDocument {
  readonly policies: readonly PolicyName[];
  /** Once. `repeated`: the same may have been submitted before, so that what has passed or gone meanwhile is left to submit, which knows. */
  parse(now: number, repeated: boolean, lookup: PolicyLookup): ParsedSpec;
}

/** Values and conditions as deep as they may be, inside as many jobs within jobs; one more, so that the one too many is named. */
const bounds = { bytes: limits.specBytes, depth: limits.valueDepth + 8 * (limits.childDepth + 1) };

/**
 * The only way to a spec. Names every fault at once, those of the form and those of the graph, whichever of them the document still
 * shows. The spec shares nothing with the document and is itself a document that parses to an equal spec.
 */
export function openJobDocument(document: unknown): OpenDocument {
  const faults = faultList();
  const plain = plainJson(document, bounds, faults);
  if (!plain) return { policies: [], parse: () => ({ kind: 'faults', faults: faults.list() }) };
  const jobs = jobsIn(plain.value);
  const uses = policyUsesIn(jobs, faults);
  return {
    policies: uses,
    parse(now, repeated, lookup) {
      const unknown = faultList();
      const size = { bytes: plain.bytes, bytesMost: bounds.bytes };
      const bytes = fillPolicies(uses, lookup, size, repeated ? unknown : faults);
      if (bytes === undefined) addTooLarge(faults);
      const spec = readForm(plain.value, faults);
      for (const job of jobs) addJobFaults(job, now, repeated, faults);
      if (!spec || !faults.isEmpty() || !isStillSmall(spec, bytes ?? 0, faults))
        return { kind: 'faults', faults: faults.list() };
      return uses.length === 0
        ? { kind: 'spec', spec }
        : { kind: 'spec', spec, asked: askedOf(spec, uses, unknown.list()) };
    },
  };
}

/** A document that names no policies, or whose names `lookup` knows. */
export function parseJobSpec(document: unknown, now: number, repeated = false, lookup = noPolicies): ParsedSpec {
  return openJobDocument(document).parse(now, repeated, lookup);
}

function askedOf(spec: JobSpec, uses: readonly PolicyUse[], unknown: readonly Fault[]): Asked {
  const document = withNames(spec, uses);
  const policies = uses.map(({ name, version }) => ({ name, ...(version !== undefined && { version }) }));
  const fingerprintAs = (named: Json) => fingerprintOf(named as unknown as JobSpec);
  const fingerprint = fingerprintAs(document);
  const isAskedBy = (other: JobSpec) => fingerprintAs(withNames(other, uses)) === fingerprint;
  return { document, fingerprint, policies, isAskedBy, unknown };
}

function addTooLarge(faults: FaultList): void {
  const message = `with its retry policies written out it is larger than ${bounds.bytes} bytes of JSON text, the most that is taken`;
  faults.add([], `${message}; name the policy once, as \`retry\` of the job`);
}

function addJobFaults(job: JobSketch, now: number, repeated: boolean, faults: FaultList): void {
  if (job.depth > limits.childDepth) {
    faults.add(job.steps, `is job number ${job.depth} within jobs; the most is ${limits.childDepth}`);
  }
  addTimeFaults(job, now, repeated, faults);
  addRecoveryFaults(job, faults);
  addReferenceFaults(job, readGraph(job, faults), faults);
}

/** `1d` grows to 86400000: what just fitted may no longer do so. A text grows at most fourfold. */
function isStillSmall(spec: JobSpec, bytes: number, faults: FaultList): boolean {
  return bytes * 4 <= bounds.bytes || plainJson(spec, bounds, faults) !== undefined;
}
