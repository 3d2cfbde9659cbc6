import { failedUndos } from '../compensation.ts';
import { type Draft, tell } from '../draft.ts';
import { applied, type JobEvent, type RecoveryChoice, type Refusal, refused, type Verdict } from '../event.ts';
import type { RecoverySession } from '../job.ts';
import { resumeJob } from '../job-moves.ts';
import { limits } from '../limits.ts';
import { type Again, isUnfinished, mustRunAgain } from '../must-run-again.ts';
import { hasNode, itemAt, nodeAt, nodeIndices } from '../nodes.ts';
import { reopenJob } from '../reopen-job.ts';
import { recountAround, resetNodes } from '../reset-nodes.ts';
import { restoreRefusal } from '../restore-job.ts';
import { rollbackRefusal } from '../rollback-job.ts';
import { type Line, settle } from '../settle-node.ts';
import { skipNode } from '../skip-node.ts';
import { isFinal, isSettled } from '../states.ts';
import { retryCompensation } from '../undo-moves.ts';
import { undoAt } from '../undos.ts';
import { abort, canBeAsked, redirect, restore, rollBack, skipOver, tryAgain } from './act.ts';
import { escalate } from './escalate.ts';
import { addStep, endSession, onBehalf, openSession, putSession } from './session.ts';

type Of<Kind extends JobEvent['kind']> = Extract<JobEvent, { kind: Kind }>;
type Choice = RecoveryChoice & { readonly by: string; readonly reason?: string };

/** Somebody has a job recovered: one action, about the nodes that are named or about all that it fits. */
export function recoverJob(draft: Draft, event: Of<'recoveryStarted'>): Verdict {
  const { header } = draft;
  if (header.recovery) return refused('recoveryUnderWay');
  if (header.rollback) return refused('rollingBack');
  const refusal = refusalOf(draft, event);
  if (refusal) return refused(refusal);
  const about = nodesFor(draft, event);
  openSession(draft, event.by, event.finding);
  return act(draft, event, about, { event: 'recoveryStarted', by: event.by });
}

/** The answer to a session that has asked. */
export function answerRecovery(draft: Draft, event: Of<'recoveryAnswered'>): Verdict {
  const { header } = draft;
  const session = header.recovery;
  if (!session) return refused('noRecoveryUnderWay');
  if (isOther(event, session)) return refused('recoveryIsOver');
  if (!session.escalation) return refused('recoveryNotEscalated');
  if (!session.escalation.options.includes(event.action) || event.action === 'escalate')
    return refused('actionNotPossible');
  const waiting = header.rollback ? failedUndos(draft) : nodeIndices(draft).filter((node) => isAsking(draft, node));
  const about = event.nodes ? waiting.filter((node) => event.nodes!.includes(node)) : waiting;
  const refusal = choiceRefusal(draft, event, about);
  if (refusal) return refused(refusal);
  const { escalation: _, ...acting } = session;
  const line: Line = { event: 'recoveryAnswered', by: event.by };
  onBehalf(draft, { action: event.action }, () => {
    tell(draft, { ...line, because: sentenceOf(event, about.length) });
    if (about.length < waiting.length) return;
    putSession(draft, { ...acting, state: 'acting' });
    if (header.paused?.cause === 'escalated') resumeJob(draft, event.by);
  });
  return act(draft, event, about, line);
}

/** What was found stands: nodes that waited for an answer have failed. */
export function cancelRecovery(draft: Draft, event: Of<'recoveryCancelled'>): Verdict {
  const { by, reason } = event;
  const session = draft.header.recovery;
  if (!session) return refused('noRecoveryUnderWay');
  if (isOther(event, session)) return refused('recoveryIsOver');
  if (draft.header.rollback) return refused('rollingBack');
  tell(draft, {
    event: 'recoveryCancelled',
    by,
    session: session.id,
    ...(reason !== undefined && { because: reason }),
  });
  if (session.escalation && draft.header.paused?.cause === 'escalated') resumeJob(draft, by);
  for (const node of nodeIndices(draft))
    if (isAsking(draft, node)) letFail(draft, node, { event: 'recoveryCancelled', by });
  endSession(draft, 'cancelled', `by ${by}`, by);
  return applied;
}

/** Whoever answers late must not decide on what has come since. */
function isOther({ session }: Of<'recoveryAnswered' | 'recoveryCancelled'>, { id }: RecoverySession): boolean {
  return session !== undefined && session !== id;
}

function act(draft: Draft, event: Choice, about: readonly number[], line: Line): Verdict {
  const because = sentenceOf(event, about.length);
  const told = { ...line, because };
  if (about.length === 0) addStep(draft, { action: event.action, by: event.by, because });
  for (const node of about) addStep(draft, { action: event.action, by: event.by, because }, node);
  onBehalf(draft, { action: event.action }, () => actions[event.action](draft, event, about, told));
  return applied;
}

type Act = (draft: Draft, choice: Choice, about: readonly number[], line: Line) => void;

const actions: Readonly<Record<RecoveryChoice['action'], Act>> = {
  retry: runAgain,
  requeue(draft, choice, about, line) {
    for (const node of about) redirect(draft, node, choice);
    runAgain(draft, choice, about, line);
  },
  skip(draft, { by, reason }, about, line) {
    const isOver = isFinal(draft.header.state);
    begin(draft, line);
    for (const node of about) {
      const isUndo = undoAt(draft, node) !== undefined;
      const isOver = isSettled(nodeAt(draft, node).state) || isAsking(draft, node);
      if (isOver && !isUndo) skipOver(draft, node, by, line);
      else skipNode(draft, { kind: 'nodeSkipped', node, by, ...(reason !== undefined && { reason }) });
    }
    if (!isOver) return;
    // The rest goes on; what somebody has just decided about stays so.
    const again = mustRunAgain(draft, { of: (node) => openIfCancelled(draft, node), ofItem: () => false });
    resetNodes(draft, without(draft, again, about));
  },
  rollback(draft, { by, reason }, _, line) {
    // What was asked about has failed, and is the reason why the job is taken back.
    for (const node of nodeIndices(draft)) letFail(draft, node, line);
    rollBack(draft, by, reason ?? line.because ?? '');
  },
  restore: (draft, { checkpoint, by }, _, line) => restore(draft, checkpoint, by, line.because ?? ''),
  escalate(draft, { by, to }, _, line) {
    tell(draft, line);
    escalate(draft, by, to);
  },
  abort: (draft, { by }, _, line) => abort(draft, by, line.because ?? ''),
  fail(draft, _, about, line) {
    for (const node of about) letFail(draft, node, line);
  },
};

/** A job that has ended goes on as a new run. What has failed gets its attempts anew; what was skipped or cancelled because of it may run. */
function runAgain(draft: Draft, choice: Choice, about: readonly number[], line: Line): void {
  // While the job is taken back, nothing but compensations runs.
  if (draft.header.rollback) return retryUndos(draft, about, choice.by);
  const isOver = isFinal(draft.header.state);
  const isWanted = (node: number) => about.includes(node) || (isOver && nodeAt(draft, node).state === 'cancelled');
  const again = mustRunAgain(draft, { of: (node) => (isWanted(node) ? 'open' : undefined), ofItem: () => false });
  const direct = about.filter((node) => mayGoOn(draft, node, again));
  begin(draft, line);
  for (const node of direct) tryAgain(draft, node, choice, line);
  // Of a failure that stood for a while they have heard.
  recountAround(
    draft,
    direct.filter((node) => !itemAt(draft, node)),
  );
  resetNodes(draft, without(draft, again, direct));
}

/** An answer has been told already; the start of a session is told with what it does. */
function begin(draft: Draft, line: Line): void {
  if (isFinal(draft.header.state) || line.event === 'recoveryStarted') reopenJob(draft, line);
}

function retryUndos(draft: Draft, about: readonly number[], by: string): void {
  for (const node of about) retryCompensation(draft, { kind: 'compensationRetried', node, by });
}

/** It has failed, and nothing that it is built on is made again before it. */
function mayGoOn(draft: Draft, node: number, again: Again): boolean {
  if (nodeAt(draft, node).state === 'cancelled') return false;
  const place = itemAt(draft, node)?.map ?? node;
  return !draft.graph.dependencies[place]!.some((dependency) => again.nodes.has(dependency));
}

/** They are as they shall be, and so are their items. */
function without(draft: Draft, { nodes, anew }: Again, done: readonly number[]): Again {
  const isDone = (node: number) => done.includes(node) || done.includes(itemAt(draft, node)?.map ?? node);
  return { nodes: new Set([...nodes].filter((node) => !isDone(node))), anew };
}

/** Nobody decided that it shall not run: the job's end did. */
function openIfCancelled(draft: Draft, node: number): 'open' | undefined {
  return nodeAt(draft, node).state === 'cancelled' ? 'open' : undefined;
}

function letFail(draft: Draft, node: number, line: Line): void {
  const run = nodeAt(draft, node);
  if (run.state !== 'waiting' || run.on.kind !== 'decision') return;
  const { on, state: _, timeoutAt: __, ...past } = run;
  settle(
    draft,
    node,
    { state: 'failed', ...past, failure: on.failure },
    { ...line, from: 'waiting', attempt: past.attempt },
  );
}

function refusalOf(draft: Draft, event: Of<'recoveryStarted'>): Refusal | undefined {
  const { header, spec, now } = draft;
  const isOver = isFinal(header.state);
  if (!(event.nodes ?? []).every((node) => hasNode(draft, node))) return 'unknownNode';
  if (isOver && (event.action === 'abort' || event.action === 'escalate' || event.action === 'fail'))
    return 'jobIsFinal';
  if (event.action === 'fail') return 'actionNotPossible';
  if (isOver && header.parent) return 'jobIsChild';
  if (isOver && spec.deadline !== undefined && spec.deadline <= now) return 'deadlineHasPassed';
  if (header.endedAt !== undefined && now - header.endedAt > limits.delayMs) return 'jobIsTooOld';
  return choiceRefusal(draft, event, nodesFor(draft, event));
}

function choiceRefusal(draft: Draft, choice: RecoveryChoice, about: readonly number[]): Refusal | undefined {
  const { action } = choice;
  if (action === 'rollback') return rollbackRefusal(draft);
  if (action === 'restore') return restoreRefusal(draft, choice.checkpoint);
  if (action !== 'retry' && action !== 'requeue' && action !== 'skip') return undefined;
  if (draft.header.startedAt === undefined && action !== 'retry') return 'notDue';
  if (about.length === 0) return 'nothingToRunAgain';
  return about.every((node) => canBeAsked(draft, node, choice)) ? undefined : 'actionNotPossible';
}

/** What failed for the job, and while it goes on what waits for a retry. Of named nodes those that the action can be about. */
function nodesFor(draft: Draft, { action, nodes }: RecoveryChoice): readonly number[] {
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

function isAsking(draft: Draft, node: number): boolean {
  const run = nodeAt(draft, node);
  return run.state === 'waiting' && run.on.kind === 'decision';
}

function sentenceOf({ action, reason }: Choice, about: number): string {
  const what = about === 0 ? action : `${action}, ${about} ${about === 1 ? 'node' : 'nodes'}`;
  return reason === undefined ? what : `${what}: ${reason}`;
}
