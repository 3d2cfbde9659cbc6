import type { Draft } from './draft.ts';
import { stopWork } from './end-job.ts';
import { applied, type JobEvent, refused, repeated, type Verdict } from './event.ts';
import { itemAt, nodeAt } from './nodes.ts';
import { neverStarted, pastOf, settle } from './settle-node.ts';
import { isSettled } from './states.ts';
import { goOnAfterDecision } from './undo-moves.ts';
import { undoAt } from './undos.ts';

/**
 * An operator has the job go on without this node, whatever it is doing: it settles as skipped, whoever works for it is told to stop, and its
 * dependants follow their join rules. An item that waits for its turn has not been given out by its map yet, and is left to it; so is a
 * compensation to its order. One that failed for good can be skipped: what its node did stays as it is.
 */
export function skipNode(draft: Draft, { node, by, reason }: Extract<JobEvent, { kind: 'nodeSkipped' }>): Verdict {
  const run = nodeAt(draft, node);
  if (run.state === 'skipped') return repeated;
  const isFailedUndo =
    undoAt(draft, node) !== undefined && run.state === 'failed' && draft.header.rollback !== undefined;
  if (isSettled(run.state) && !isFailedUndo) return refused('nodeIsSettled');
  if (draft.header.startedAt === undefined) return refused('notDue');
  if (run.state === 'blocked' && (itemAt(draft, node) || undoAt(draft, node))) return refused('nodeIsNotReady');
  stopWork(draft, node, run);
  const past = run.state === 'blocked' ? neverStarted(draft, node) : pastOf(run);
  const line = {
    ...(isFailedUndo && { from: run.state }),
    ...(past.attempt > 0 && { attempt: past.attempt }),
    ...(reason !== undefined && { because: reason }),
  };
  settle(draft, node, { state: 'skipped', ...past, skippedBy: by }, { event: 'nodeSkipped', by, ...line });
  goOnAfterDecision(draft, by);
  return applied;
}
