import type { Draft } from '../draft.ts';
import type { JobEvent, RecoveryChoice, Refusal } from '../event.ts';
import { isUnfinished } from '../must-run-again.ts';
import { hasNode, itemAt, nodeAt, nodeIndices } from '../nodes.ts';
import { reopenRefusal } from '../reopen-job.ts';
import { restoreRefusal } from '../restore-job.ts';
import { rollbackRefusal } from '../rollback-job.ts';
import { isFinal, isSettled } from '../states.ts';
import { undoAt } from '../undos.ts';
import { canBeAsked } from './act.ts';

/** What an action can be about, and whether it is possible at all: looked at before anything is changed. */

type Started = Extract<JobEvent, { kind: 'recoveryStarted' }>;

/** Why a session can't begin with this. */
export function startRefusal(draft: Draft, event: Started): Refusal | undefined {
  const isOver = isFinal(draft.header.state);
  if (!(event.nodes ?? []).every((node) => hasNode(draft, node))) return 'unknownNode';
  if (isOver && (event.action === 'abort' || event.action === 'escalate' || event.action === 'fail'))
    return 'jobIsFinal';
  if (event.action === 'fail') return 'actionNotPossible';
  const refusal = isOver ? reopenRefusal(draft, draft.spec.deadline) : undefined;
  return refusal ?? choiceRefusal(draft, event, nodesFor(draft, event));
}

/** Why this can't be done to the job as it is, about these nodes. */
export function choiceRefusal(draft: Draft, choice: RecoveryChoice, about: readonly number[]): Refusal | undefined {
  const { action } = choice;
  if (action === 'rollback') return rollbackRefusal(draft);
  if (action === 'restore') return restoreRefusal(draft, choice.checkpoint);
  if (action !== 'retry' && action !== 'requeue' && action !== 'skip') return undefined;
  if (draft.header.startedAt === undefined && action !== 'retry') return 'notDue';
  if (about.length === 0) return 'nothingToRunAgain';
  return about.every((node) => canBeAsked(draft, node, choice)) ? undefined : 'actionNotPossible';
}

/** What failed for the job, and while it goes on what waits for a retry. Of named nodes those that the action can be about. */
export function nodesFor(draft: Draft, { action, nodes }: RecoveryChoice): readonly number[] {
  if (action !== 'retry' && action !== 'requeue' && action !== 'skip') return [];
  const isOver = isFinal(draft.header.state);
  return [...new Set(nodes ?? nodeIndices(draft))].filter((node) => {
    const { state } = nodeAt(draft, node);
    if (isOver) return isOpenAtEnd(draft, node);
    if (action === 'skip')
      return nodes !== undefined && !isSettled(state) ? mayBeSkipped(draft, node) : isFailed(draft, node);
    if (state === 'ready') return action === 'requeue' && nodes !== undefined;
    return state === 'retrying' || isFailed(draft, node);
  });
}

function isFailed(draft: Draft, node: number): boolean {
  return nodeAt(draft, node).state === 'failed' && !undoAt(draft, node) && isUnfinished(draft, node);
}

/** What waits for its turn is left to its map, or to the order of the rollback (`skipNode`). */
function mayBeSkipped(draft: Draft, node: number): boolean {
  return nodeAt(draft, node).state !== 'blocked' || (!itemAt(draft, node) && !undoAt(draft, node));
}

function isOpenAtEnd(draft: Draft, node: number): boolean {
  return !undoAt(draft, node) && node < draft.spec.nodes.length && isUnfinished(draft, node);
}
