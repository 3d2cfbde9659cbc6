import { CodedError } from '../core/error.ts';
import type { JobEvent } from '../jobs/index.ts';
import type { Alarm } from '../jobs/message/index.ts';
import type { DueJob, NodeMessage, Outcome } from '../ports/index.ts';
import { allEnded } from './all-ended.ts';
import { byJob } from './by-job.ts';
import { checkJob } from './check-job.ts';
import type { Claimer } from './claim-nodes.ts';
import { handBack } from './hand-back.ts';
import type { ParcelWork } from './parcel-work.ts';
import { keepLeases } from './renew-leases.ts';
import { createRoomLine } from './room-line.ts';
import type { BatchWork } from './run-batch.ts';
import { type SweepNeeds, type Swept, sweepJobs } from './sweep-jobs.ts';
import type { Visits } from './visits.ts';

/**
 * For a process that has the CPU only while it is asked something: each call works until nothing is left of what it began, and
 * nothing goes on behind its answer. All of them may be called at once, and again with the same: the store decides.
 *
 * They reject when the store fails for longer than the engine's patience; asking again later is right then.
 */
export interface Invocations {
  /**
   * Claims these nodes, runs them and what becomes ready behind them, until nothing is left or it is `until`: what still runs then is
   * handed back, and what is ready is published. Nodes that somebody else holds are left to him. Where the store takes none of it, it is
   * `answerBy` at the latest: then it rejects with `store_unavailable`, and the leases tell the rest.
   */
  runNodes(messages: readonly NodeMessage[], until: number, answerBy?: number): Promise<void>;
  /** Alarms rang for these jobs. */
  checkJobs(jobIds: readonly string[]): Promise<void>;
  /**
   * One sweep; `announce` is told the alarms of the time until the horizon, before anything is run. What the sweep finds ready it
   * also runs, as far as there is room: where no message ever arrives, the sweep alone brings every job to its end. It ends as `runNodes` does.
   */
  sweep(
    horizonMs: number,
    until: number,
    announce: (alarms: readonly Alarm[]) => Promise<void>,
    answerBy?: number,
  ): Promise<Swept>;
  /** The message of these nodes came to nothing with every delivery: those that nobody has claimed since lose an attempt. */
  giveUpMessage(messages: readonly NodeMessage[], text: string): Promise<void>;
  /**
   * The process is about to end: what is under way, and what comes yet, has until then at the latest. What still runs is handed back, and none of it
   * has failed, however long it had; what is ready is published.
   */
  endBy(at: number): void;
  /** Resolves when everything that commits so far ask for has been carried out. */
  settled(): Promise<void>;
}

/** Of an invocation's time: who begins before this share of it has passed has all of it, as good as. */
const fullTime = 0.1;

const outOfTime = {
  kind: 'failed',
  failure: {
    code: 'invocation_timeout',
    message: 'it ran for all the time that an invocation has; work this long belongs behind a callback',
  },
} as const satisfies Outcome;

export interface InvocationNeeds extends SweepNeeds {
  readonly claimer: Claimer;
  readonly parcelWork: ParcelWork;
  readonly batchWork: BatchWork;
  readonly visits: Visits;
  settled(): Promise<void>;
}

export function createInvocations(needs: InvocationNeeds): Invocations {
  const { parts, settings, attempts, committer, gate, claimer, parcelWork, batchWork, visits, settled } = needs;
  const { clock } = parts;
  const line = createRoomLine(clock, settings.concurrency, attempts);
  let renewing: { readonly over: AbortController; readonly ended: Promise<void> } | undefined;

  async function visit(jobId: string, messages: readonly NodeMessage[], until: number): Promise<void> {
    const leave = enter(jobId, until);
    try {
      const publish = async () => parts.queue.publish(messages);
      const claim = () => (visits.isOpen(jobId) ? claimer.claim(jobId, messages) : publish());
      await line.inTurn(messages.length, until, claim, publish);
    } finally {
      await leave();
    }
  }

  /** Returns what ends the visit: it waits until nothing of the job is under way here, or brings what is to an end at `until`. */
  function enter(jobId: string, until: number): () => Promise<void> {
    const from = clock.now();
    const leave = visits.enter(jobId, until);
    startRenewing();
    return async () => {
      try {
        await quiet(jobId, until);
        if (!visits.isOpen(jobId)) await bringToAnEnd(jobId, from + fullTime * (until - from));
      } finally {
        leave();
        if (visits.size === 0) await stopRenewing();
      }
    };
  }

  /**
   * What was begun late has its time in another invocation. What had all the time of this one would have no more in the next: it fails,
   * and its retry policy decides, or it would be begun for ever.
   */
  async function bringToAnEnd(jobId: string, fullTimeBefore: number): Promise<void> {
    const before = visits.endsAt < Infinity ? Number.NEGATIVE_INFINITY : fullTimeBefore;
    const begun = attempts.ofJob(jobId).filter((each) => !each.isOver && !each.isWaiting && each.begunAt <= before);
    for (const attempt of begun) attempt.cut(outOfTime);
    const late = attempts.ofJob(jobId).filter((each) => !each.isOver && !begun.includes(each));
    await handBack(parts, committer, late, 'its invocation ends');
    // Whoever has come meanwhile waits for what is left.
    while (!visits.isOpen(jobId) && (await storing(jobId)));
  }

  /** A store that is away must not keep the answer from being given. */
  async function inTime(jobId: string, answerBy: number, work: Promise<void>): Promise<void> {
    const ended = new AbortController();
    const late = clock.sleep(answerBy - clock.now(), ended.signal).then(() => !ended.signal.aborted);
    try {
      if ((await Promise.race([work.then(() => false), late])) === false) return;
    } finally {
      ended.abort();
    }
    work.catch((error: unknown) => parts.report(error, `ending the work on job ${jobId}`));
    if (!visits.isOpen(jobId)) for (const attempt of attempts.ofJob(jobId)) attempt.abandon('its invocation is over');
    throw new CodedError('store_unavailable', `The store has not taken what became of job ${jobId} in time.`);
  }

  /** Claims, commits and folds of the job that are under way. */
  function workOn(jobId: string): Promise<unknown> | undefined {
    return [claimer, committer, parcelWork].map((each) => each.whenJobIsIdle(jobId)).find((work) => work !== undefined);
  }

  /** Whether something of the job was being stored; resolves when it has been. */
  async function storing(jobId: string): Promise<boolean> {
    const work = workOn(jobId);
    if (work) await work;
    else if (attempts.ofJob(jobId).every(({ abandoned }) => abandoned)) return false;
    else await attempts.whenChanged(clock.now() + 1_000, clock);
    return true;
  }

  /** No attempt of the job is under way here and none of its commits, or it is `until`. */
  async function quiet(jobId: string, until: number): Promise<void> {
    while (clock.now() < Math.min(until, visits.endsAt)) {
      const storing = workOn(jobId);
      if (attempts.ofJob(jobId).length > 0) await attempts.whenChanged(Math.min(until, visits.endsAt), clock);
      else if (storing) await storing;
      else return;
    }
  }

  /** While anybody is here, leases are renewed. */
  function startRenewing(): void {
    if (renewing && !renewing.over.signal.aborted) return;
    const over = new AbortController();
    renewing = { over, ended: keepLeases(needs, over.signal) };
  }

  async function stopRenewing(): Promise<void> {
    renewing?.over.abort();
    await renewing?.ended;
  }

  return {
    async runNodes(messages, until, answerBy = until + settings.storePatienceMs) {
      const work = [...byJob(messages)].map(([jobId, mine]) => inTime(jobId, answerBy, visit(jobId, mine, until)));
      await allEnded(work);
      await settled();
    },
    async checkJobs(jobIds) {
      await allEnded(jobIds.map((jobId) => checkJob(parts, attempts, committer, gate, jobId)));
      await settled();
    },
    async sweep(horizonMs, until, announce, answerBy = until + settings.storePatienceMs) {
      const over = new AbortController();
      const ended = new AbortController();
      const leaving: (() => Promise<void>)[] = [];
      void clock.sleep(until - clock.now(), ended.signal).then(() => over.abort());
      const batches = batchWork.goOn(until);
      try {
        return await sweepJobs(needs, {
          horizonMs,
          signal: over.signal,
          announcesAll: true,
          announce: (soon) => announceAlarms(soon, clock.now() + horizonMs, announce),
          beforeCheck(jobId) {
            const leave = enter(jobId, until);
            leaving.push(() => inTime(jobId, answerBy, leave()));
          },
        });
      } finally {
        await allEnded([batches, ...leaving.map((leave) => leave())]);
        await settled();
        ended.abort();
      }
    },
    async giveUpMessage(messages, text) {
      const lost = ({ node, attempt }: NodeMessage): JobEvent => {
        return { kind: 'undeliverable', node, attempt, text, chance: parts.random.next() };
      };
      await allEnded([...byJob(messages)].map(([jobId, mine]) => committer.commit(jobId, mine.map(lost))));
      await settled();
    },
    endBy(at) {
      visits.endBy(at);
      // Whoever waits for the end of an attempt waits no longer than that.
      attempts.giveBack(0);
    },
    settled,
  };
}

/** What its executor watches, or its family, needs no alarm, however soon its next check is. */
async function announceAlarms(
  soon: readonly DueJob[],
  before: number,
  announce: (alarms: readonly Alarm[]) => Promise<void>,
): Promise<void> {
  const alarms = soon.flatMap(({ jobId, alarmAt: at = Infinity }) => (at <= before ? [{ jobId, at }] : []));
  if (alarms.length > 0) await announce(alarms);
}
