import { failedUndos, leftStanding } from './compensation.ts';
import { type Draft, put, tell } from './draft.ts';
import { endEarly } from './end-job.ts';
import { applied, type JobEvent, refused, repeated, type Verdict } from './event.ts';
import type { ReadyNode } from './job.ts';
import { periods } from './limits.ts';
import { ifMissed } from './missed-timer.ts';
import { hasNode, nodeAt, nodeIndices } from './nodes.ts';
import { alarm, enqueue, makeReady } from './ready-node.ts';
import { requeuesOfStalled, stallOf } from './stall.ts';

type Of<Kind extends JobEvent['kind']> = Extract<JobEvent, { kind: Kind }>;

/** The roots may start, now or when the spec's time has come. */
export function startJob(draft: Draft, event: 'submitted' | 'started'): Verdict {
  const { header, spec } = draft;
  const isNew = header.state === 'pending';
  if (isNew !== (event === 'submitted')) return repeated;
  const due = spec.startAt === undefined || spec.startAt <= draft.now;
  if (!isNew && (header.startedAt !== undefined || !due)) return refused('notDue');
  if (header.paused) return refused('jobIsPaused');
  const startAt = Math.max(spec.startAt ?? draft.now, header.resumedAt ?? 0);
  tell(draft, { event, ...(due && !isNew && ifMissed(startAt, draft.now)) });
  if (!due) alarm(draft, Math.min(spec.startAt ?? Infinity, header.deadlineAt ?? Infinity));
  if (!due) return applied;
  header.startedAt = draft.now;
  delete header.resumedAt;
  if (spec.timeout !== undefined) header.deadlineAt = Math.min(header.deadlineAt ?? Infinity, draft.now + spec.timeout);
  alarm(draft, header.deadlineAt ?? Infinity);
  draft.graph.dependencies.forEach((dependencies, index) => {
    if (dependencies.length === 0) draft.entering.push(index);
  });
  return applied;
}

/** What runs ends, what waits goes on waiting, nothing new starts. */
export function pauseJob(draft: Draft, by: string): Verdict {
  if (draft.header.paused) return refused('jobIsPaused');
  draft.header.paused = { since: draft.now, by };
  tell(draft, { event: 'paused', by });
  stopReady(draft);
  return applied;
}

/** Nobody is called for them any more. */
export function stopReady(draft: Draft): void {
  for (const [index, { requeueAt: _, ...run }] of readyNodes(draft)) put(draft, index, run);
}

export function resumeJob(draft: Draft, by: string): Verdict {
  if (!draft.header.paused) return refused('jobIsNotPaused');
  if (draft.header.rollback && failedUndos(draft).length > 0) return refused('compensationFailed');
  delete draft.header.paused;
  if (draft.header.startedAt === undefined) draft.header.resumedAt = draft.now;
  tell(draft, { event: 'resumed', by });
  letReadyGo(draft);
  return applied;
}

export function letReadyGo(draft: Draft): void {
  for (const [index, run] of readyNodes(draft)) makeReady(draft, index, run, { event: 'unblocked' });
}

/** Messages are only alarm clocks: whoever is ready for long is published again, ever more rarely. Told once for each wait. */
export function requeue(draft: Draft, nodes: readonly number[]): Verdict {
  const due = readyNodes(draft, nodes).filter(([, { requeueAt = Infinity }]) => requeueAt <= draft.now);
  if (due.length === 0) return refused('notDue');
  for (const [index, run] of due) {
    const pauseMs = Math.min(draft.requeueMs * 2 ** (run.requeues + 1), periods.requeueMost);
    put(draft, index, { ...run, requeues: run.requeues + 1, requeueAt: draft.now + pauseMs });
    enqueue(draft, index, run.attempt + 1, run.parcel);
  }
  const first = due.filter(([, { requeues }]) => requeues === 0).length;
  if (first > 0) tell(draft, { event: 'requeued', because: `${first} ready for ${draft.requeueMs} ms or longer` });
  if (due.some(([, { requeues }]) => requeues === requeuesOfStalled - 1)) tellStall(draft);
  return applied;
}

function tellStall(draft: Draft): void {
  const because = stallOf(draft);
  if (because !== undefined) tell(draft, { event: 'requeued', because, finding: 'stalled_job' });
}

export function cancelJob(draft: Draft, { by, reason, finding }: Of<'cancelled'>): Verdict {
  const left = draft.header.rollback ? leftStanding(draft) : undefined;
  const because = [reason, left].filter((part) => part).join('; ');
  endEarly(draft, 'aborted', { event: 'cancelled', by, ...(because && { because }), ...(finding && { finding }) });
  return applied;
}

export function failByDeadline(draft: Draft): Verdict {
  const { deadlineAt = Infinity } = draft.header;
  if (deadlineAt > draft.now) return refused('notDue');
  const message = `the job had not ended by its deadline, ${new Date(deadlineAt).toISOString()}`;
  const failure = { code: 'deadline_exceeded', message };
  endEarly(draft, 'failed', { event: 'deadlinePassed', failure, finding: 'deadline' });
  return applied;
}

function readyNodes(draft: Draft, among?: readonly number[]): [number, ReadyNode][] {
  return (among ?? nodeIndices(draft)).flatMap((index): [number, ReadyNode][] => {
    const run = hasNode(draft, index) ? nodeAt(draft, index) : undefined;
    return run?.state === 'ready' ? [[index, run]] : [];
  });
}
