import { limits } from '../limits.ts';
import type { JobSpec } from '../spec.ts';
import { type Fault, type FaultList, faultList } from './fault.ts';
import { readGraph } from './graph-faults.ts';
import { plainJson } from './plain-json.ts';
import { addReferenceFaults } from './reference-faults.ts';
import { readForm } from './spec-form.ts';
import { type JobSketch, jobsIn } from './spec-sketch.ts';
import { addTimeFaults } from './time-faults.ts';

export type ParsedSpec =
  | { readonly kind: 'spec'; readonly spec: JobSpec }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

/** Values and conditions as deep as they may be, inside as many jobs within jobs; one more, so that the one too many is named. */
const bounds = { bytes: limits.specBytes, depth: limits.valueDepth + 8 * (limits.childDepth + 1) };

/**
 * The only way to a spec. Names every fault at once, those of the form and those of the graph, whichever of them the document still
 * shows. The spec shares nothing with the document and is itself a document that parses to an equal spec. `repeated`: the same may
 * have been submitted before, so that a deadline which has passed meanwhile is left to submit, which knows.
 */
export function parseJobSpec(document: unknown, now: number, repeated = false): ParsedSpec {
  const faults = faultList();
  const plain = plainJson(document, bounds, faults);
  if (!plain) return { kind: 'faults', faults: faults.list() };
  const spec = readForm(plain.value, faults);
  for (const job of jobsIn(plain.value)) addJobFaults(job, now, repeated, faults);
  if (spec && faults.isEmpty() && isStillSmall(spec, plain.bytes, faults)) return { kind: 'spec', spec };
  return { kind: 'faults', faults: faults.list() };
}

function addJobFaults(job: JobSketch, now: number, repeated: boolean, faults: FaultList): void {
  if (job.depth > limits.childDepth) {
    faults.add(job.steps, `is job number ${job.depth} within jobs; the most is ${limits.childDepth}`);
  }
  addTimeFaults(job, now, repeated, faults);
  addReferenceFaults(job, readGraph(job, faults), faults);
}

/** `1d` grows to 86400000: what just fitted may no longer do so. A text grows at most fourfold. */
function isStillSmall(spec: JobSpec, bytes: number, faults: FaultList): boolean {
  return bytes * 4 <= bounds.bytes || plainJson(spec, bounds, faults) !== undefined;
}
