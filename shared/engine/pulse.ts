import { finalStates, jobStates } from '../jobs/index.ts';
import { byJob } from './by-job.ts';
import { checkJob, takeOverJob } from './check-job.ts';
import type { Claimer } from './claim-nodes.ts';
import type { Committer } from './commit-events.ts';
import type { EngineHealth } from './engine.ts';

import type { Parts, Settings } from './parts.ts';
import { renewLeases } from './renew-leases.ts';
import type { RunningAttempts } from './running-attempts.ts';
import { pause } from './try-again.ts';
import type { Watchers } from './watch-job.ts';

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
  readonly claimer: Claimer;
  /** Those who wait for any change of a job, and those who wait for its end. */
  readonly changes: Watchers;
  readonly ends: Watchers;
  inBackground(work: Promise<unknown>, context: string): void;
}

/** Batches that one sweep works off when many jobs are late, so that a sweep ends. */
const roundsPerSweep = 20;

/** How often those who watch a job look at the store, in case another engine changed it. */
const pollMs = 1_000;

export function createPulse(needs: PulseNeeds): Pulse {
  const { parts, settings, attempts, committer, claimer, changes, ends, inBackground } = needs;
  const over = new AbortController();
  let state: EngineHealth['state'] = 'starting';

  async function start(): Promise<void> {
    parts.queue.onReady(() => claimer.wake());
    parts.timers.onAlarm((jobIds) => {
      for (const jobId of jobIds) inBackground(checkJob(parts, attempts, committer, jobId), `checking job ${jobId}`);
    });
    state = 'running';
    if (settings.alone) inBackground(takeOver(), 'taking over what an earlier engine left');
    else inBackground(every(pollMs, lookAround), 'looking for what other engines changed');
    inBackground(every(settings.sweepMs, sweep), 'the sweep');
    inBackground(
      every(settings.leaseMs / 3, () => renewLeases(parts, settings, attempts, committer)),
      'renewing leases',
    );
  }

  /** Another engine may have changed what somebody here waits for. */
  async function lookAround(): Promise<void> {
    changes.wake();
    ends.wake();
  }

  /** A failed round is reported and the next one comes as usual. */
  async function every(periodMs: number, round: () => Promise<void>): Promise<void> {
    while (!over.signal.aborted) {
      await round().catch((error: unknown) => parts.report(error, 'a periodic round of the engine'));
      await parts.clock.sleep(periodMs, over.signal);
    }
  }

  /** Jobs whose check is due; those that will be due before the next sweep get an alarm. */
  async function sweep(): Promise<void> {
    for (let round = 0; round < roundsPerSweep && !over.signal.aborted; round++) {
      const now = parts.clock.now();
      const due = await parts.store.findDue(now + settings.sweepMs, settings.sweepBatch);
      const late = due.filter(({ nextCheckAt }) => nextCheckAt <= now);
      for (const { jobId, nextCheckAt } of due) if (nextCheckAt > now) parts.timers.set(jobId, nextCheckAt);
      await Promise.all(late.map(({ jobId }) => checkJob(parts, attempts, committer, jobId)));
      if (late.length < settings.sweepBatch) return;
    }
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
    const grace = new AbortController();
    await Promise.race([attempts.whenNone(), parts.clock.sleep(graceMs, grace.signal)]);
    grace.abort();
    over.abort();
    await handBack();
    state = 'stopped';
  }

  /** What did not end in time may be claimed by another engine at once. What can't be handed back now is found by its lease. */
  async function handBack(): Promise<void> {
    const left = attempts.all().filter((each) => !each.abandoned);
    for (const each of left) each.abandon('the engine stops');
    await Promise.all(
      [...byJob(left)].map(async ([jobId, together]) => {
        const released = together.map(
          ({ node, attempt }) => ({ kind: 'released', node, attempt, begun: true }) as const,
        );
        await committer.commit(jobId, released).catch((error: unknown) => {
          parts.report(error, `handing back ${together.length} attempts of job ${jobId}`);
        });
      }),
    );
  }

  return {
    get state() {
      return state;
    },
    start,
    stop,
  };
}
