import { type Draft, put, tell } from './draft.ts';
import { endEarly } from './end-job.ts';
import { applied, refused, repeated, type Verdict } from './event.ts';
import type { ReadyNode } from './job.ts';
import { periods } from './limits.ts';
import { hasNode, nodeAt, nodeIndices } from './nodes.ts';
import { alarm, enqueue, makeReady } from './ready-node.ts';

/** The roots may start, now or when the spec's time has come. */
export function startJob(draft: Draft, event: 'submitted' | 'started'): Verdict {
  const { header, spec } = draft;
  const isNew = header.state === 'pending';
  if (isNew !== (event === 'submitted')) return repeated;
  const due = spec.startAt === undefined || spec.startAt <= draft.now;
  if (!isNew && (header.startedAt !== undefined || !due)) return refused('notDue');
  if (header.paused) return refused('jobIsPaused');
  tell(draft, { event });
  if (!due) alarm(draft, Math.min(spec.startAt ?? Infinity, header.deadlineAt ?? Infinity));
  if (!due) return applied;
  header.startedAt = draft.now;
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
  for (const [index, { requeueAt: _, ...run }] of readyNodes(draft)) put(draft, index, run);
  return applied;
}

export function resumeJob(draft: Draft, by: string): Verdict {
  if (!draft.header.paused) return refused('jobIsNotPaused');
  delete draft.header.paused;
  tell(draft, { event: 'resumed', by });
  for (const [index, run] of readyNodes(draft)) makeReady(draft, index, run, { event: 'unblocked' });
  return applied;
}

/** Messages are only alarm clocks: whoever is ready for long is published again, ever more rarely. Told once for each wait. */
export function requeue(draft: Draft, nodes: readonly number[]): Verdict {
  const due = readyNodes(draft, nodes).filter(([, { requeueAt = Infinity }]) => requeueAt <= draft.now);
  if (due.length === 0) return refused('notDue');
  for (const [index, run] of due) {
    const pauseMs = Math.min(periods.requeue * 2 ** (run.requeues + 1), periods.requeueMost);
    put(draft, index, { ...run, requeues: run.requeues + 1, requeueAt: draft.now + pauseMs });
    enqueue(draft, index, run.attempt + 1, run.parcel);
  }
  const first = due.filter(([, { requeues }]) => requeues === 0).length;
  if (first > 0) tell(draft, { event: 'requeued', because: `${first} ready for ${periods.requeue} ms or longer` });
  return applied;
}

export function cancelJob(draft: Draft, by: string, reason?: string): Verdict {
  endEarly(draft, 'aborted', { event: 'cancelled', by, ...(reason && { because: reason }) });
  return applied;
}

export function failByDeadline(draft: Draft): Verdict {
  const { deadlineAt = Infinity } = draft.header;
  if (deadlineAt > draft.now) return refused('notDue');
  const message = `the job had not ended by its deadline, ${new Date(deadlineAt).toISOString()}`;
  endEarly(draft, 'failed', { event: 'deadlinePassed', failure: { code: 'deadline_exceeded', message } });
  return applied;
}

function readyNodes(draft: Draft, among?: readonly number[]): [number, ReadyNode][] {
  return (among ?? nodeIndices(draft)).flatMap((index): [number, ReadyNode][] => {
    const run = hasNode(draft, index) ? nodeAt(draft, index) : undefined;
    return run?.state === 'ready' ? [[index, run]] : [];
  });
}
