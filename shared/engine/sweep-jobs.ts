import { isUnreadable } from '../jobs/record/index.ts';
import type { DueJob } from '../ports/index.ts';
import { checkJob } from './check-job.ts';
import type { Committer } from './commit-events.ts';
import type { Gate } from './gate.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempts } from './running-attempts.ts';

export interface SweepNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
  readonly gate: Pick<Gate, 'prepare'>;
}

export interface Swept {
  /** Jobs that were due and have been looked at. */
  readonly checked: number;
  /** Of these, jobs that the store did not give or take at this moment; they stay due. */
  readonly failed: number;
}

export interface SweepOptions {
  /** How far ahead it looks. */
  readonly horizonMs: number;
  readonly signal: AbortSignal;
  /** Told, before anything is checked, which jobs will be due within the horizon; in several parts when they are many. */
  announce(soon: readonly DueJob[]): Promise<void> | void;
  /** Whether all of them are announced, or only those that are met on the way to the last late one. */
  readonly announcesAll: boolean;
  beforeCheck?(jobId: string): void;
}

/** Batches that one sweep works off when many jobs are late, so that a sweep ends. */
const batchesPerSweep = 40;

/** One job that can't be checked must not keep the others from it. */
const jobsAtOnce = 64;

/**
 * J4: looks at the jobs whose check is due, a bounded batch at a time, the longest due first. It goes on behind what it has looked at,
 * for jobs that nobody here can read stay due. Several sweeps at once do no harm. Rejects, when all else is done, as `announce` did.
 */
export async function sweepJobs(needs: SweepNeeds, options: SweepOptions): Promise<Swept> {
  const { parts, settings, attempts, committer, gate } = needs;
  const { horizonMs, signal, announce, announcesAll, beforeCheck } = options;
  let checked = 0;
  let failed = 0;
  let last: DueJob | undefined;
  const unannounced: unknown[] = [];
  for (let batches = 0; batches < batchesPerSweep && !signal.aborted; batches++) {
    const now = parts.clock.now();
    const due = await parts.store.findDue(now + horizonMs, settings.sweepBatch, last);
    const soon = due.filter(({ nextCheckAt }) => nextCheckAt > now);
    if (soon.length > 0) await tell(soon);
    await checkAll(due.filter(({ nextCheckAt }) => nextCheckAt <= now));
    last = due.at(-1);
    if (due.length < settings.sweepBatch || (!announcesAll && last!.nextCheckAt > now)) break;
  }
  if (unannounced.length > 0) throw unannounced[0];
  return { checked, failed };

  /** Jobs are looked at all the same: what is late must not wait for what is not. */
  async function tell(soon: readonly DueJob[]): Promise<void> {
    try {
      await announce(soon);
    } catch (error) {
      unannounced.push(error);
    }
  }

  async function checkAll(late: readonly DueJob[]): Promise<void> {
    for (let from = 0; from < late.length && !signal.aborted; from += jobsAtOnce) {
      const failures = await Promise.all(late.slice(from, from + jobsAtOnce).map(check));
      failed += failures.filter(Boolean).length;
      checked += failures.length;
    }
  }

  /** Whether it should be looked at again soon: what another version wrote is reported and left to that one. */
  async function check({ jobId }: DueJob): Promise<boolean> {
    try {
      beforeCheck?.(jobId);
      await checkJob(parts, attempts, committer, gate, jobId);
      return false;
    } catch (error) {
      parts.report(error, `checking job ${jobId}`);
      return !isUnreadable(error);
    }
  }
}
