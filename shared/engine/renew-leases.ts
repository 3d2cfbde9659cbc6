import type { JobEvent } from '../jobs/index.ts';
import { byJob } from './by-job.ts';
import type { Committer } from './commit-events.ts';
import type { ParcelWork } from './parcel-work.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempt, RunningAttempts } from './running-attempts.ts';

/** Renews the leases that have used up a third of their length. An attempt whose lease is somebody else's by now is abandoned. */
export async function renewLeases(
  parts: Parts,
  settings: Settings,
  attempts: RunningAttempts,
  committer: Committer,
  parcelWork: ParcelWork,
): Promise<void> {
  const { leaseMs } = settings;
  const soon = parts.clock.now() + (leaseMs * 2) / 3;
  const old = attempts.all().filter((each) => !each.abandoned && each.leaseUntil < soon && !parcelWork.holds(each));
  await Promise.all([parcelWork.renew(), ...[...byJob(old)].map(([jobId, together]) => renew(jobId, together))]);

  async function renew(jobId: string, together: readonly RunningAttempt[]): Promise<void> {
    const leaseUntil = parts.clock.now() + leaseMs;
    const beats = together.map(({ node, attempt }): JobEvent => ({ kind: 'heartbeat', node, attempt, leaseUntil }));
    try {
      const committed = await committer.commit(jobId, beats);
      together.forEach((each, place) => {
        if (committed?.verdicts[place]?.kind === 'refused') each.abandon('its lease is lost');
        else each.leaseUntil = leaseUntil;
      });
    } catch (error) {
      parts.report(error, `leases of job ${jobId} could not be renewed`);
    }
  }
}
