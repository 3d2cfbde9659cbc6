import type { JobEvent } from '../jobs/index.ts';
import { byJob } from './by-job.ts';
import type { Committer } from './commit-events.ts';
import type { ParcelWork } from './parcel-work.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempt, RunningAttempts } from './running-attempts.ts';

export interface LeaseNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
  readonly parcelWork: ParcelWork;
}

/**
 * Keeps the leases of what runs here alive until `over`. A round that failed is followed by the next one sooner, so that a store which is
 * away for most of a lease costs none.
 */
export async function keepLeases(needs: LeaseNeeds, over: AbortSignal): Promise<void> {
  const { parts, settings } = needs;
  for (let isWhole = true; ; isWhole = await renewLeases(needs)) {
    await parts.clock.sleep(settings.leaseMs / (isWhole ? 3 : 12), over);
    if (over.aborted) return;
  }
}

/**
 * Renews the leases that have used up a third of their length, and resolves with whether all of them are. An attempt whose lease is
 * somebody else's by now is abandoned.
 */
async function renewLeases({ parts, settings, attempts, committer, parcelWork }: LeaseNeeds): Promise<boolean> {
  const { leaseMs } = settings;
  const soon = parts.clock.now() + (leaseMs * 2) / 3;
  const old = attempts.all().filter((each) => !each.abandoned && each.leaseUntil < soon && !parcelWork.holds(each));
  const rounds = [parcelWork.renew(), ...[...byJob(old)].map(([jobId, together]) => renew(jobId, together))];
  return (await Promise.all(rounds)).every(Boolean);

  async function renew(jobId: string, together: readonly RunningAttempt[]): Promise<boolean> {
    const leaseUntil = parts.clock.now() + leaseMs;
    const beats = together.map(({ node, attempt }): JobEvent => ({ kind: 'heartbeat', node, attempt, leaseUntil }));
    try {
      const committed = await committer.commit(jobId, beats);
      together.forEach((each, place) => {
        if (committed?.verdicts[place]?.kind === 'refused') each.abandon('its lease is lost');
        else each.leaseUntil = leaseUntil;
      });
      return true;
    } catch (error) {
      parts.report(error, `leases of job ${jobId} could not be renewed`);
      return false;
    }
  }
}
