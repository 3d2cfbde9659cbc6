import { failedUndos, isUndone } from './compensation.ts';
import { type Draft, put, tell } from './draft.ts';
import { applied, type JobEvent, refused, type Verdict } from './event.ts';
import { letReadyGo, stopReady } from './job-moves.ts';
import { nodeAt, nodeIdAt } from './nodes.ts';
import { makeReady } from './ready-node.ts';
import { attemptsOf } from './settle-node.ts';
import { undosAfter } from './undo-order.ts';
import { undoAt } from './undos.ts';

/** A compensation has settled: those that waited for it may begin. One that failed for good stops the rollback until somebody has decided. */
export function undoSettled(draft: Draft, undo: number): void {
  if (!draft.header.rollback) return;
  if (isUndone(draft, undo)) draft.entering.push(...undosAfter(draft, undo));
  else if (nodeAt(draft, undo).state === 'failed') stopForDecision(draft, undo);
}

/** It is tried again with all attempts before it. Once nothing that failed is left the rollback goes on by itself. */
export function retryCompensation(
  draft: Draft,
  { node, by }: Extract<JobEvent, { kind: 'compensationRetried' }>,
): Verdict {
  const run = nodeAt(draft, node);
  if (!draft.header.rollback || !undoAt(draft, node) || run.state !== 'failed') return refused('noFailedCompensation');
  const attempt = attemptsOf(run);
  const past = { attempt, failures: 0, leaseLosses: 0, readyAt: draft.now };
  const line = { event: 'compensationRetried', by, attempt, from: run.state } as const;
  put(draft, node, { state: 'blocked', unsettled: 0, succeeded: 0, lastAttempt: attempt });
  goOnAfterDecision(draft, by);
  makeReady(draft, node, { ...past, lost: false }, line);
  return applied;
}

/** A pause that a failed compensation made ends with the decision on the last one; an operator's pause does not. */
export function goOnAfterDecision(draft: Draft, by: string): void {
  const { header } = draft;
  if (header.paused?.cause !== 'compensationFailed' || failedUndos(draft).length > 0) return;
  delete header.paused;
  tell(draft, { event: 'resumed', by, because: 'no failed compensation is left' });
  letReadyGo(draft);
}

function stopForDecision(draft: Draft, undo: number): void {
  const { header } = draft;
  if (header.paused) return;
  header.paused = { since: draft.now, by: 'rollback', cause: 'compensationFailed' };
  const id = nodeIdAt(draft, undo);
  tell(draft, {
    event: 'paused',
    by: 'rollback',
    because: `compensation ${id} failed for good: retry it, skip it, or cancel the job`,
  });
  stopReady(draft);
}
