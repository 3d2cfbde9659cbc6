import { applyToJob, type Job, type JobEvent, nodeAt, nodeCount, nodeIdAt } from '../../shared/jobs/index.ts';
import { play, submittedAt } from './a-story.ts';

/** What tests of redrives have in common. */
export const redrive = (more: Partial<Extract<JobEvent, { kind: 'redriven' }>> = {}): JobEvent => ({
  kind: 'redriven',
  by: 'ada',
  ...more,
});

export const apply = (job: Job, event: JobEvent, at = 10_000) => applyToJob(job, event, submittedAt + at);

export const redriven = (job: Job, more: Partial<Extract<JobEvent, { kind: 'redriven' }>> = {}, at = 10_000): Job =>
  play(job, [[at, redrive(more)]]);

/** The states of its nodes by their ids. */
export const told = (job: Job): Record<string, string> =>
  Object.fromEntries(Array.from({ length: nodeCount(job) }, (_, at) => [nodeIdAt(job, at), nodeAt(job, at).state]));

export const once = { retry: { maxAttempts: 1 } };

export const cancel: JobEvent = { kind: 'cancelled', by: 'ada' };
