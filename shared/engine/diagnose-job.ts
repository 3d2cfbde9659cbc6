import type { Clock } from '../core/clock.ts';
import type { Finding, Job } from '../jobs/index.ts';
import { diagnose } from '../recovery/index.ts';
import type { Committer } from './commit-events.ts';

export interface DiagnoseNeeds {
  readonly committer: Pick<Committer, 'read'>;
  readonly clock: Clock;
}

export interface Diagnosed {
  readonly job: Job;
  readonly findings: readonly Finding[];
}

/** What is wrong with the job at this moment; a child's parent is asked whether it still waits for it. Undefined for an unknown job. */
export async function diagnoseJob({ committer, clock }: DiagnoseNeeds, jobId: string): Promise<Diagnosed | undefined> {
  const job = await committer.read(jobId);
  if (!job) return undefined;
  const { parent } = job.header;
  const ofParent = parent ? ((await committer.read(parent.jobId)) ?? 'gone') : undefined;
  return { job, findings: diagnose(job, clock.now(), ofParent) };
}
