import type { Clock } from '../core/clock.ts';
import { codeOf, messageOf } from '../core/error.ts';
import {
  answerFor,
  type Batch,
  type BatchOutcome,
  type BatchResult,
  type BatchSigned,
  batchLimits,
  batchRules,
  hasDone,
  requestOf,
} from '../jobs/batch/index.ts';
import type { Job, JobEvent, Verdict } from '../jobs/index.ts';
import type { Committed } from './job-lines.ts';
import { recoverJob } from './recover-job.ts';

/** How a batch reaches one job. */
export interface JobAccess {
  /** The newest state. */
  read(jobId: string): Promise<Job | undefined>;
  commit(jobId: string, events: readonly JobEvent[]): Promise<Committed | undefined>;
}

/** What was asked for, as it stands in the audit of each job. */
export function signedBy({ id, by, trace, order: { reason } }: Asked): BatchSigned {
  const why = { ...(reason !== undefined && { reason }), ...(trace !== undefined && { trace }) };
  return { by, request: requestOf(id), ...why };
}

type Asked = Pick<Batch, 'id' | 'by' | 'trace' | 'order'>;

/** Never rejects: what goes wrong with one job is its result, and the others have theirs. Done again, it acts once. */
export async function actOnJob(jobs: JobAccess, clock: Clock, batch: Batch, jobId: string): Promise<BatchResult> {
  try {
    const ended = await act(jobs, clock, batch, jobId);
    return { jobId, ...ended, at: clock.now() };
  } catch (error) {
    const message = messageOf(error).slice(0, batchLimits.messageChars);
    return { jobId, outcome: 'failed', because: codeOf(error), message, at: clock.now() };
  }
}

export interface Ended {
  readonly outcome: BatchOutcome;
  readonly because?: string;
}

const unknown: Ended = { outcome: 'refused', because: 'unknownJob' };

async function act(jobs: JobAccess, clock: Clock, batch: Batch, jobId: string): Promise<Ended> {
  const signed = signedBy(batch);
  const { events } = batchRules[batch.order.action];
  switch (events.of) {
    case 'anyJob':
      return endOf(await jobs.commit(jobId, [events.make(signed)]), signed);
    case 'thisJob': {
      const job = await jobs.read(jobId);
      if (!job) return unknown;
      const made = events.make(job, signed);
      return 'kind' in made ? endedAs([made], job, signed) : endOf(await jobs.commit(jobId, made), signed);
    }
    case 'diagnosis':
      return recover(jobs, clock, batch, jobId, signed);
  }
}

async function recover(
  jobs: JobAccess,
  clock: Clock,
  { order }: Batch,
  jobId: string,
  signed: BatchSigned,
): Promise<Ended> {
  const answer = await recoverJob({ committer: jobs, clock }, jobId, order.recovery ?? {}, signed);
  switch (answer.kind) {
    case 'done':
      return { outcome: 'done' };
    case 'repeated':
      return endedAs([{ kind: 'repeated' }], answer.job, signed);
    case 'refused': {
      const reply = answerFor(answer.job, order.recovery ?? {}, signed);
      if (reply) return endOf(await jobs.commit(jobId, [reply]), signed);
      return endedAs([{ kind: 'refused', because: answer.because }], answer.job, signed);
    }
    case 'noRuleFits':
      return { outcome: 'refused', because: answer.kind };
    case 'unknownJob':
      return unknown;
  }
}

function endOf(committed: Committed | undefined, signed: BatchSigned): Ended {
  return committed ? endedAs(committed.verdicts, committed.job, signed) : unknown;
}

/** What this batch did before its engine died is its doing. */
export function endedAs(verdicts: readonly Verdict[], job: Job, { request }: BatchSigned): Ended {
  if (verdicts.some(({ kind }) => kind === 'applied')) return { outcome: 'done' };
  // Also where the job has gone on since, and what is left of it refuses.
  if (hasDone(job, request)) return { outcome: 'done' };
  if (verdicts.some(({ kind }) => kind === 'repeated')) return { outcome: 'repeated' };
  const refusal = verdicts.find((verdict) => verdict.kind === 'refused');
  return refusal ? { outcome: 'refused', because: refusal.because } : unknown;
}
