import { type JobEvent, refused, repeated, type Verdict } from '../event.ts';
import type { Job } from '../job.ts';
import { scheduledRetries, statesWithRetries } from '../scheduled-retries.ts';
import { finalStates, isFinal, type JobState, jobStates } from '../states.ts';
import type { BatchRecovery } from './batch.ts';

/** Everything that can be done to many jobs. Skipping, requeueing, restoring and what else recovery knows is done by `recover`. */
export const batchActions = ['cancel', 'pause', 'resume', 'retry-now', 'redrive', 'rollback', 'recover'] as const;
export type BatchAction = (typeof batchActions)[number];

/** Who asks, and the key under which each job does it once. */
export interface BatchSigned {
  readonly by: string;
  readonly request: string;
  readonly reason?: string;
  readonly trace?: string;
}

export interface ActionRule {
  /** The jobs that are meant where the filter names no states. */
  readonly states: readonly JobState[];
  /** What is committed together. Only a rule that must look at the job is given it: the others are spared the reading. */
  readonly events: EventsRule;
}

export type EventsRule =
  | { readonly of: 'anyJob'; readonly make: (signed: BatchSigned) => JobEvent }
  | { readonly of: 'thisJob'; readonly make: (job: Job, signed: BatchSigned) => readonly JobEvent[] | Verdict }
  /** What is wrong with the job is found out first. */
  | { readonly of: 'diagnosis' };

const openStates = jobStates.filter((state) => !finalStates.some((final) => final === state));

export const batchRules: Readonly<Record<BatchAction, ActionRule>> = {
  cancel: { states: openStates, events: anyJob((signed) => ({ kind: 'cancelled', ...signed })) },
  pause: {
    states: openStates.filter((state) => state !== 'paused'),
    events: anyJob((signed) => ({ kind: 'paused', ...signed })),
  },
  resume: { states: ['paused'], events: anyJob((signed) => ({ kind: 'resumed', ...signed })) },
  'retry-now': { states: statesWithRetries, events: { of: 'thisJob', make: retriesNow } },
  redrive: { states: ['failed', 'aborted'], events: anyJob((signed) => ({ kind: 'redriven', ...signed })) },
  recover: { states: ['failed'], events: { of: 'diagnosis' } },
  rollback: { states: ['failed', 'aborted'], events: anyJob((signed) => ({ kind: 'rollbackStarted', ...signed })) },
};

function anyJob(make: (signed: BatchSigned) => JobEvent): EventsRule {
  return { of: 'anyJob', make };
}

/** All nodes of the job that wait for a retry now. A job that the batch has been at is left alone, whatever waits there since. */
function retriesNow(job: Job, { request, ...signed }: BatchSigned): readonly JobEvent[] | Verdict {
  if (hasDone(job, request)) return repeated;
  const retries = scheduledRetries(job);
  if (retries.length === 0) return refused(isFinal(job.header.state) ? 'jobIsFinal' : 'nodeIsNotRetrying');
  // One key for all that is committed together: a job with many retries must not forget the requests of others over this.
  return retries.map(({ node, run: { attempt } }, place) => ({
    kind: 'retriedNow',
    node,
    attempt,
    ...signed,
    ...(place === 0 && { request }),
  }));
}

/** A job whose recovery waits for an answer is given the action as the answer; undefined for any other. */
export function answerFor(
  { header }: Job,
  { action, ...how }: BatchRecovery,
  signed: BatchSigned,
): JobEvent | undefined {
  const { recovery } = header;
  if (recovery?.state !== 'escalated' || action === undefined || action === 'escalate') return undefined;
  return { kind: 'recoveryAnswered', session: recovery.id, action, ...how, ...signed };
}

/** Whether a request has acted on the job, on the whole of it or on nodes. */
export function hasDone({ header }: Job, request: string): boolean {
  return header.requests?.some(({ key }) => key === request || key.startsWith(`${request}:`)) ?? false;
}
