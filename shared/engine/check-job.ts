import {
  defaultPriority,
  dueEvents,
  isFinal,
  type Job,
  type JobEvent,
  nodeAt,
  nodeCount,
  nodeSpecAt,
} from '../jobs/index.ts';
import type { Committer } from './commit-events.ts';
import type { Parts, Settings } from './parts.ts';

/** An alarm rang or the sweep came by: what time has brought about goes down the same road as everything else. */
export async function checkJob(parts: Parts, committer: Committer, jobId: string): Promise<void> {
  const job = await committer.read(jobId);
  if (!job || isFinal(job.header.state)) return;
  const events = dueEvents(job, parts.clock.now(), () => parts.random.next());
  if (events.length > 0) await committer.commit(jobId, events);
  else parts.timers.set(jobId, job.header.nextCheckAt!);
}

/**
 * At the start of an engine that is alone on its store: whoever held a lease is dead, and the queue that knew what was ready died
 * with it. Nothing waits for a lease to run out.
 */
export async function takeOverJob(
  parts: Parts,
  settings: Settings,
  committer: Committer,
  jobId: string,
): Promise<void> {
  const job = await committer.read(jobId);
  if (!job || isFinal(job.header.state)) return;
  const lost = leasesOfOthers(job, settings.owner, () => parts.random.next());
  if (lost.length > 0) await committer.commit(jobId, lost);
  else parts.timers.set(jobId, job.header.nextCheckAt!);
  if (!job.header.paused) await parts.queue.publish(readyNodes(job));
}

function leasesOfOthers(job: Job, owner: string, chance: () => number): JobEvent[] {
  return nodes(job).flatMap((node): JobEvent[] => {
    const run = nodeAt(job, node);
    if (run.state !== 'running' || run.owner === owner) return [];
    return [{ kind: 'leaseLost', node, attempt: run.attempt, because: 'executorGone', chance: chance() }];
  });
}

function readyNodes(job: Job) {
  return nodes(job).flatMap((node) => {
    const run = nodeAt(job, node);
    if (run.state !== 'ready') return [];
    const priority = nodeSpecAt(job, node).priority ?? job.spec.priority ?? defaultPriority;
    return [{ jobId: job.id, node, attempt: run.attempt + 1, priority }];
  });
}

function nodes(job: Job): number[] {
  return Array.from({ length: nodeCount(job) }, (_, node) => node);
}
