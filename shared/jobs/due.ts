import type { JobEvent } from './event.ts';
import type { Job, JobHeader, NodePage, NodeRun } from './job.ts';
import { familyPauseMs, limits, periods } from './limits.ts';
import { type JobView, nodeSpecAt } from './nodes.ts';
import { totalTimeoutAt } from './ready-node.ts';
import { isFinal } from './states.ts';

/**
 * The sweep's eye: what time has brought about in a job, as the events that say so. Pages whose time has not come are not read.
 * A job that is looked at and has nothing due gets `checked`, which moves its next check on (J4).
 */
export function dueEvents(job: Job, now: number, chance: () => number): JobEvent[] {
  const { header } = job;
  if (isFinal(header.state)) return [];
  if ((header.deadlineAt ?? Infinity) <= now) return [{ kind: 'deadlinePassed' }];
  const events: JobEvent[] = [];
  if (startIsDue(job, now)) events.push({ kind: 'started' });
  if ((header.recovery?.escalation?.tellAt ?? Infinity) <= now) events.push({ kind: 'escalationDue' });
  const ready: number[] = [];
  job.pages.forEach((page, number) => {
    if (page.dueAt > now) return;
    page.nodes.forEach((run, place) => {
      const index = number * limits.nodesPerPage + place;
      if (dueAtOf(job, index, run) > now) return;
      const event = dueEvent(job, index, run, now, chance);
      if (event === 'requeue') ready.push(index);
      else if (event) events.push(event);
    });
  });
  if (ready.length > 0) events.push({ kind: 'requeued', nodes: ready });
  return events.length > 0 || (header.nextCheckAt ?? 0) > now ? events : [{ kind: 'checked' }];
}

/** The earliest moment at which the node needs a look. */
export function dueAtOf(job: JobView, index: number, run: NodeRun): number {
  switch (run.state) {
    case 'ready':
      return Math.min(run.requeueAt ?? Infinity, totalAt(job, index, run.readyAt));
    case 'running':
      return Math.min(run.leaseUntil, run.timeoutAt ?? Infinity, totalAt(job, index, run.readyAt));
    case 'retrying':
      return Math.min(run.retryAt, totalAt(job, index, run.readyAt));
    case 'waiting':
      // Whoever is asked has the time that he needs: the node has failed, and can't be late any more.
      if (run.on.kind === 'decision') return Infinity;
      return Math.min(waitDueAt(run.on), run.timeoutAt ?? Infinity, totalAt(job, index, run.readyAt));
    case 'blocked':
    case 'succeeded':
    case 'failed':
    case 'skipped':
    case 'cancelled':
      return Infinity;
  }
}

/**
 * The earliest moment at which the node needs a look that nobody would give it: who runs a node renews its lease and watches its time,
 * a message brings a ready one, and parents and children ask after each other.
 */
export function alarmAtOf(job: JobView, index: number, run: NodeRun): number {
  if (run.state === 'running') return Infinity;
  if (run.state === 'ready') return totalAt(job, index, run.readyAt);
  if (run.state !== 'waiting' || run.on.kind !== 'child') return dueAtOf(job, index, run);
  return Math.min(run.timeoutAt ?? Infinity, totalAt(job, index, run.readyAt));
}

/** Infinity where nobody has to be woken. */
export function nextAlarmAt(header: JobHeader, spec: Job['spec'], pages: readonly NodePage[]): number {
  let at = Math.min(header.deadlineAt ?? Infinity, header.recovery?.escalation?.tellAt ?? Infinity);
  if (header.startedAt === undefined && !header.paused) at = Math.min(at, spec.startAt ?? Infinity);
  for (const page of pages) at = Math.min(at, page.alarmAt);
  return at;
}

/** J4: never absent while the job is not final, and never further away than `periods.check`. */
export function nextCheckAt(header: JobHeader, spec: Job['spec'], pages: readonly NodePage[]): number {
  let at = header.checkedAt + (header.parent ? familyPauseMs(header.checkedAt - header.submittedAt) : periods.check);
  if (header.deadlineAt !== undefined) at = Math.min(at, header.deadlineAt);
  at = Math.min(at, header.recovery?.escalation?.tellAt ?? Infinity);
  if (header.startedAt === undefined && !header.paused) at = Math.min(at, spec.startAt ?? 0);
  for (const page of pages) at = Math.min(at, page.dueAt);
  return at;
}

function startIsDue({ header, spec }: Job, now: number): boolean {
  return header.startedAt === undefined && !header.paused && (spec.startAt ?? 0) <= now;
}

function dueEvent(
  job: Job,
  node: number,
  run: NodeRun,
  now: number,
  chance: () => number,
): JobEvent | 'requeue' | undefined {
  if (run.state !== 'ready' && run.state !== 'running' && run.state !== 'waiting' && run.state !== 'retrying')
    return undefined;
  const { attempt } = run;
  const late = (limit: 'timeout' | 'totalTimeout' | 'heartbeatTimeout'): JobEvent => ({
    kind: 'timedOut',
    node,
    attempt,
    limit,
    chance: chance(),
  });
  if (totalAt(job, node, run.readyAt) <= now) return late('totalTimeout');
  if (run.state === 'ready') return 'requeue';
  if (run.state === 'retrying') return { kind: 'retryDue', node, attempt };
  if ((run.timeoutAt ?? Infinity) <= now) return late('timeout');
  if (run.state === 'running') return { kind: 'leaseLost', node, attempt, because: 'leaseExpired', chance: chance() };
  switch (run.on.kind) {
    case 'time':
      return { kind: 'delayDue', node, attempt };
    case 'callback':
      return late('heartbeatTimeout');
    case 'child':
      return { kind: 'childChecked', node, attempt };
    case 'signal':
    case 'items':
    case 'decision':
      return undefined;
  }
}

function waitDueAt(on: Extract<NodeRun, { state: 'waiting' }>['on']): number {
  switch (on.kind) {
    case 'time':
      return on.until;
    case 'callback':
      return on.heartbeatBy ?? Infinity;
    case 'child':
      return on.checkAt;
    case 'signal':
    case 'items':
    case 'decision':
      return Infinity;
  }
}

function totalAt(job: JobView, index: number, readyAt: number): number {
  return totalTimeoutAt(nodeSpecAt(job, index), readyAt);
}
