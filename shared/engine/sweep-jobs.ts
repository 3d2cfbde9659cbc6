import type { DueJob } from '../ports/index.ts';
import { checkJob } from './check-job.ts';
import type { Committer } from './commit-events.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempts } from './running-attempts.ts';

export interface SweepNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
}

export interface Swept {
  /** Jobs that were due and have been looked at. */
  readonly checked: number;
  /** Of these, jobs that could not be looked at; they stay due. */
  readonly failed: number;
  /** Jobs that will be due within the horizon. */
  readonly soon: readonly DueJob[];
}

/** Batches that one sweep works off when many jobs are late, so that a sweep ends. */
const roundsPerSweep = 20;

/** One job that can't be checked must not keep the others from it. */
const jobsAtOnce = 64;

/** J4: looks at the jobs whose check is due, a bounded batch at a time, the longest due first. Several sweeps at once do no harm. */
export async function sweepJobs(
  needs: SweepNeeds,
  horizonMs: number,
  signal: AbortSignal,
  beforeCheck: (jobId: string) => void = () => {},
): Promise<Swept> {
  const { parts, settings, attempts, committer } = needs;
  let checked = 0;
  let failed = 0;
  for (let round = 0; ; round++) {
    const now = parts.clock.now();
    const due = await parts.store.findDue(now + horizonMs, settings.sweepBatch);
    const late = due.filter(({ nextCheckAt }) => nextCheckAt <= now);
    for (let from = 0; from < late.length && !signal.aborted; from += jobsAtOnce) {
      const failures = await Promise.all(late.slice(from, from + jobsAtOnce).map(check));
      failed += failures.filter(Boolean).length;
      checked += failures.length;
    }
    const isDone = late.length < settings.sweepBatch || round + 1 >= roundsPerSweep || signal.aborted;
    if (isDone) return { checked, failed, soon: due.filter(({ nextCheckAt }) => nextCheckAt > now) };
  }

  async function check({ jobId }: DueJob): Promise<boolean> {
    try {
      beforeCheck(jobId);
      await checkJob(parts, attempts, committer, jobId);
      return false;
    } catch (error) {
      parts.report(error, `checking job ${jobId}`);
      return true;
    }
  }
}
