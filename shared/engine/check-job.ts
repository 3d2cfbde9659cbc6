import { dueEvents, isFinal, type Job, type JobEvent, nodeAt, nodeIndices, priorityAt } from '../jobs/index.ts';
import type { Committer } from './commit-events.ts';
import type { Gate } from './gate.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempts } from './running-attempts.ts';

/** An alarm rang or the sweep came by: what time has brought about goes down the same road as everything else. */
export async function checkJob(
  parts: Parts,
  attempts: RunningAttempts,
  committer: Committer,
  gate: Pick<Gate, 'prepare'>,
  jobId: string,
): Promise<void> {
  const job = parts.parcels ? (await committer.fold(jobId, 'anyway'))?.job : await committer.read(jobId);
  if (!job || isFinal(job.header.state)) return;
  const due = dueEvents(job, parts.clock.now(), () => parts.random.next());
  const events = due.map((event) => keepOwnLease(parts, attempts, jobId, event));
  // What becomes ready is claimed in the same commit, where nobody can wait for a guard's answer.
  await gate.prepare(job, becomingReady(events));
  const after = events.length > 0 ? (await committer.commit(jobId, events))?.job : job;
  // Of a job's alarms the earliest is set: when it has rung, or rang too early, it is the turn of the next.
  const { nextCheckAt, alarmAt } = after?.header ?? {};
  if (nextCheckAt !== undefined) parts.timers.set(jobId, nextCheckAt, alarmAt);
}

function becomingReady(events: readonly JobEvent[]): readonly number[] {
  return events.flatMap((event) => {
    if (event.kind === 'requeued') return event.nodes;
    return event.kind === 'retryDue' ? [event.node] : [];
  });
}

/**
 * At the start of an engine that is alone on its store: whoever held a lease is dead, and the queue that knew what was ready died
 * with it. Nothing waits for a lease to run out, and parents and children ask after each other.
 */
export async function takeOverJob(
  parts: Parts,
  settings: Settings,
  committer: Committer,
  jobId: string,
): Promise<void> {
  const job = await committer.read(jobId);
  if (!job || isFinal(job.header.state)) return;
  const lost = leftBehind(job, settings.owner, () => parts.random.next());
  const events = [...lost, ...askAfterParent(job)];
  if (events.length > 0) await committer.commit(jobId, events);
  else parts.timers.set(jobId, job.header.nextCheckAt!);
  if (!job.header.paused) await parts.queue.publish(readyNodes(job));
}

/** The store may have been away for longer than a lease; an attempt that is under way right here is not lost. */
function keepOwnLease({ clock }: Parts, attempts: RunningAttempts, jobId: string, event: JobEvent): JobEvent {
  if (event.kind !== 'leaseLost') return event;
  const { node, attempt } = event;
  const mine = attempts.find(jobId, node, attempt);
  return mine ? { kind: 'heartbeat', node, attempt, leaseUntil: clock.now() + attempts.leaseMs } : event;
}

function leftBehind(job: Job, owner: string, chance: () => number): JobEvent[] {
  return nodeIndices(job).flatMap((node): JobEvent[] => {
    const run = nodeAt(job, node);
    if (run.state === 'running' && run.owner !== owner) {
      return [{ kind: 'leaseLost', node, attempt: run.attempt, because: 'executorGone', chance: chance() }];
    }
    const isParent = run.state === 'waiting' && run.on.kind === 'child';
    return isParent ? [{ kind: 'childChecked', node, attempt: run.attempt }] : [];
  });
}

/** A child asks after its parent: the word that nobody waits for it any more may have died with the engine before. */
function askAfterParent({ header }: Job): JobEvent[] {
  return header.parent ? [{ kind: 'checked' }] : [];
}

function readyNodes(job: Job) {
  return nodeIndices(job).flatMap((node) => {
    const run = nodeAt(job, node);
    if (run.state !== 'ready') return [];
    return [{ jobId: job.id, node, attempt: run.attempt + 1, priority: priorityAt(job, node) }];
  });
}
