import { finalStates, jobStates } from '../jobs/index.ts';
import { checkJob, takeOverJob } from './check-job.ts';
import type { Claimer } from './claim-nodes.ts';
import type { Committer } from './commit-events.ts';
import type { EngineHealth } from './engine.ts';
import type { Gate } from './gate.ts';
import { handBack } from './hand-back.ts';
import type { ParcelWork } from './parcel-work.ts';
import type { Parts, Settings } from './parts.ts';
import { keepLeases } from './renew-leases.ts';
import type { BatchWork } from './run-batch.ts';
import type { RunningAttempts } from './running-attempts.ts';
import { sweepJobs } from './sweep-jobs.ts';
import { pause } from './try-again.ts';

/** What the engine does by itself: it listens to the queue and the alarms, sweeps, renews its leases, and ends in good order. */
export interface Pulse {
  readonly state: EngineHealth['state'];
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export interface PulseNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
  readonly gate: Pick<Gate, 'prepare'>;
  readonly claimer: Claimer;
  readonly parcelWork: ParcelWork;
  readonly batchWork: BatchWork;
  inBackground(work: Promise<unknown>, context: string): void;
}

export function createPulse(needs: PulseNeeds): Pulse {
  const { parts, settings, attempts, committer, gate, claimer, parcelWork, batchWork, inBackground } = needs;
  const over = new AbortController();
  let state: EngineHealth['state'] = 'starting';

  async function start(): Promise<void> {
    parts.source?.onReady(() => claimer.wake());
    parts.timers.onAlarm((jobIds) => {
      for (const jobId of jobIds)
        inBackground(checkJob(parts, attempts, committer, gate, jobId), `checking job ${jobId}`);
    });
    state = 'running';
    if (settings.alone) inBackground(takeOver(), 'taking over what an earlier engine left');
    inBackground(every(settings.sweepMs, sweep), 'the sweep');
    inBackground(keepLeases({ parts, settings, attempts, committer, parcelWork }, over.signal), 'renewing leases');
  }

  /** A failed round is reported and the next one comes as usual. */
  async function every(periodMs: number, round: () => Promise<void>): Promise<void> {
    while (!over.signal.aborted) {
      await round().catch((error: unknown) => parts.report(error, 'a periodic round of the engine'));
      await parts.clock.sleep(periodMs, over.signal);
    }
  }

  /** Jobs that will be due before the next sweep get an alarm. */
  async function sweep(): Promise<void> {
    // It may go on for long, and is no reason to look for late jobs less often.
    inBackground(batchWork.goOn(Infinity), 'going on with batches');
    await sweepJobs(needs, {
      horizonMs: settings.sweepMs,
      signal: over.signal,
      // Whoever set a job's next check here has set its alarm as well.
      announcesAll: false,
      announce(soon) {
        for (const { jobId, nextCheckAt } of soon) parts.timers.set(jobId, nextCheckAt);
      },
    });
  }

  /** Page by page, for as long as it takes: a store that fails is asked again. */
  async function takeOver(): Promise<void> {
    const states = jobStates.filter((each) => !finalStates.some((final) => final === each));
    let pageToken: string | undefined;
    for (let failures = 0; !over.signal.aborted; ) {
      try {
        const page = await parts.store.list({
          states,
          size: settings.sweepBatch,
          ...(pageToken !== undefined && { pageToken }),
        });
        await Promise.all(page.jobs.map(({ jobId }) => takeOverJob(parts, settings, committer, jobId)));
        if (page.nextPageToken === undefined) return;
        pageToken = page.nextPageToken;
      } catch (error) {
        parts.report(error, 'taking over what an earlier engine left');
        await pause(parts, ++failures);
      }
    }
  }

  async function stop(graceMs: number): Promise<void> {
    state = 'stopping';
    await claimer.close();
    parts.timers.stop();
    // What waits for a permit has not begun, and is not to begin now.
    await handBack(
      parts,
      committer,
      attempts.all().filter(({ isWaiting }) => isWaiting),
      'the engine stops',
    );
    const grace = new AbortController();
    await Promise.race([attempts.whenNone(), parts.clock.sleep(graceMs, grace.signal)]);
    grace.abort();
    over.abort();
    await handBack(parts, committer, attempts.all(), 'the engine stops');
    state = 'stopped';
  }

  return {
    get state() {
      return state;
    },
    start,
    stop,
  };
}
