import { checkpointNamed, keeps, namedCheckpoints, takeCheckpoint } from './checkpoint.ts';
import { type Draft, tell } from './draft.ts';
import { applied, type JobEvent, type Refusal, refused, repeated, type Verdict } from './event.ts';
import type { Checkpoint } from './job.ts';
import { checkpointNamesMost } from './limits.ts';
import { type Again, mustRunAgain, type Reason } from './must-run-again.ts';
import { itemsOf, nodeAt } from './nodes.ts';
import { reopenJob, reopenRefusal } from './reopen-job.ts';
import { resetNodes } from './reset-nodes.ts';
import type { Line } from './settle-node.ts';
import { isSettled } from './states.ts';

type Of<Kind extends JobEvent['kind']> = Extract<JobEvent, { kind: Kind }>;

/** An operator captures the state of a job: it can be restored to it. A name that is taken is given to the newer state. */
export function checkpointJob(draft: Draft, { name, by }: Of<'checkpointed'>): Verdict {
  const { header } = draft;
  if (header.rollback) return refused('rollingBack');
  const isNew = !header.checkpoints?.some((each) => each.name === name);
  if (isNew && namedCheckpoints(draft).length >= checkpointNamesMost) return refused('tooManyCheckpoints');
  takeCheckpoint(draft, name, by);
  tell(draft, { event: 'checkpointed', by, because: name });
  return applied;
}

/** Why the job can't be restored as it is; `nothingToRunAgain` where nothing has come after the checkpoint. */
export function restoreRefusal(draft: Draft, name: string | undefined): Refusal | undefined {
  const checkpoint = checkpointNamed(draft, name);
  const refusal = refusalOf(draft, checkpoint);
  if (refusal || !checkpoint) return refusal;
  return whatCameAfter(draft, checkpoint).nodes.size === 0 ? 'nothingToRunAgain' : undefined;
}

/** The outcomes that the checkpoint captured are kept; everything that came after it runs again. */
export function restoreJob(draft: Draft, { checkpoint: name, by }: Of<'restored'>): Verdict {
  const refusal = draft.header.recovery ? 'recoveryUnderWay' : restoreRefusal(draft, name);
  if (refusal === 'nothingToRunAgain') return repeated;
  if (refusal) return refused(refusal);
  restoreTo(draft, checkpointNamed(draft, name)!, { event: 'restored', by });
  return applied;
}

export function restoreTo(draft: Draft, checkpoint: Checkpoint, line: Line): void {
  const again = whatCameAfter(draft, checkpoint);
  const at = new Date(checkpoint.at).toISOString();
  const because = `to \`${checkpoint.name}\` of ${at}: ${again.nodes.size} ${again.nodes.size === 1 ? 'node runs' : 'nodes run'} again`;
  reopenJob(draft, { ...line, because: line.because === undefined ? because : `${line.because}; ${because}` });
  resetNodes(draft, again);
}

function whatCameAfter(draft: Draft, checkpoint: Checkpoint): Again {
  return mustRunAgain(draft, {
    of: (node) => (stands(draft, checkpoint, node) ? undefined : reasonOf(draft, checkpoint, node)),
    ofItem: (item) => !stands(draft, checkpoint, item),
  });
}

/** A failure that was accepted then may have been made something else of since. */
function stands(draft: Draft, checkpoint: Checkpoint, node: number): boolean {
  return keeps(checkpoint, node) && isSettled(nodeAt(draft, node).state);
}

function reasonOf(draft: Draft, checkpoint: Checkpoint, node: number): Reason | undefined {
  const run = nodeAt(draft, node);
  // What was skipped follows from the others, unless somebody decided it since.
  if (run.state === 'skipped' && !(run.skippedBy !== undefined && run.endedAt > checkpoint.at)) return undefined;
  const items = itemsOf(draft, node);
  return items && items.first + items.count <= checkpoint.nodes ? 'open' : 'fresh';
}

function refusalOf(draft: Draft, checkpoint: Checkpoint | undefined): Refusal | undefined {
  if (draft.header.rollback) return 'rollingBack';
  return checkpoint ? reopenRefusal(draft, draft.spec.deadline) : 'unknownCheckpoint';
}
