import type { Json } from '../../shared/core/json.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { applyToJob, type Job, type JobEvent, newJob } from '../../shared/jobs/index.ts';

/** What happens to a job, told with times from its submission on. */
export type Story = readonly (readonly [at: number, event: JobEvent])[];

export const submittedAt = 1_000_000;

export function jobOf(...nodes: readonly unknown[]): Job {
  return jobFrom({ name: 'story', nodes });
}

export function jobFrom(document: unknown): Job {
  const parsed = parseJobSpec(document, submittedAt);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  const job = newJob({ id: 'job-1', spec: parsed.spec }, submittedAt);
  return applyToJob(job, { kind: 'submitted' }, submittedAt).job;
}

export function play(job: Job, story: Story): Job {
  return story.reduce((before, [at, event]) => {
    const { job: after, because } = applyToJob(before, event, submittedAt + at);
    if (because.kind !== 'applied') throw new Error(`${JSON.stringify(event)}: ${JSON.stringify(because)}`);
    return after;
  }, job);
}

export function node(id: string, dependsOn: readonly string[] = [], more: Readonly<Record<string, unknown>> = {}) {
  return { id, type: 'function', handler: 'noop', dependsOn, ...more };
}

export const claim = (index: number, attempt = 1): JobEvent => ({
  kind: 'claimed',
  node: index,
  attempt,
  owner: 'engine-1',
  leaseUntil: submittedAt + 1_000_000,
});

export const succeed = (index: number, result: Json = null, attempt = 1): JobEvent => ({
  kind: 'succeeded',
  node: index,
  attempt,
  result,
  resultBytes: 4,
});

export const fail = (index: number, attempt = 1): JobEvent => ({
  kind: 'failed',
  node: index,
  attempt,
  failure: { code: 'broken', message: 'it broke' },
  chance: 0.5,
});
