import { parseJobSpec } from '../../../shared/jobs/document/index.ts';
import {
  applyToJob,
  type Job,
  type JobEvent,
  newJob,
  nodeAt,
  nodeCount,
  nodeIdAt,
} from '../../../shared/jobs/index.ts';
import type { RecoveryPolicy } from '../../../shared/policy/recovery/index.ts';
import { submittedAt } from '../a-story.ts';

/** A job with these rules, submitted. */
export function jobWithRules(recovery: RecoveryPolicy, nodes: readonly unknown[], more: object = {}): Job {
  const parsed = parseJobSpec({ name: 'case', nodes, ...more }, submittedAt);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  const job = newJob({ id: 'job-1', spec: { ...parsed.spec, recovery } }, submittedAt);
  return applyToJob(job, { kind: 'submitted' }, submittedAt).job;
}

export const apply = (job: Job, event: JobEvent, at = 10_000) => applyToJob(job, event, submittedAt + at);

export function told(job: Job): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: nodeCount(job) }, (_, at) => [nodeIdAt(job, at), nodeAt(job, at).state]),
  );
}

export const once = { retry: { maxAttempts: 1 } };
export const rule = (on: string, action: RecoveryPolicy[number]['do'], more: object = {}): RecoveryPolicy[number] => ({
  on: [on],
  do: action,
  ...more,
});
