import type { Json } from '../core/json.ts';
import { graphOf } from './graph.ts';
import type { Job } from './job.ts';
import { type JobView, nodeIdAt, resultOf } from './nodes.ts';
import { scopeAt } from './scope.ts';
import { type Filled, fillTemplate, keptBounds } from './template/reference.ts';

/** What a completed job gives: its `output` filled in, else the result of its only last node, else of all last nodes by id. */
export function jobResult(job: Job): Json {
  if (job.header.state !== 'completed') return null;
  const output = outputOf(job);
  if (output) return output.kind === 'filled' ? output.value : null;
  const { sinks } = graphOf(job.spec);
  if (sinks.length === 1) return resultOf(job, sinks[0]!) ?? null;
  return Object.fromEntries(sinks.map((index) => [nodeIdAt(job, index), resultOf(job, index) ?? null]));
}

/** The `output` of a job whose nodes have all settled; undefined when it has none. A job without a sound one does not complete. */
export function outputOf(job: JobView): Filled | undefined {
  return job.spec.output === undefined ? undefined : fillTemplate(job.spec.output, scopeAt(job), keptBounds);
}
