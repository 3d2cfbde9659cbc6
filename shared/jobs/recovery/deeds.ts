import { type Draft, tell } from '../draft.ts';
import { endEarly } from '../end-job.ts';
import type { RecoveryChoice } from '../event.ts';
import { type Again, mustRunAgain } from '../must-run-again.ts';
import { itemAt, nodeAt, nodeIndices } from '../nodes.ts';
import { reopenJob } from '../reopen-job.ts';
import { recountAround, resetNodes } from '../reset-nodes.ts';
import { type Line, settle } from '../settle-node.ts';
import { skipNode } from '../skip-node.ts';
import { isFinal, isSettled } from '../states.ts';
import { retryCompensation } from '../undo-moves.ts';
import { undoAt } from '../undos.ts';
import { abort, redirect, restore, rollBack, skipOver, tryAgain } from './act.ts';
import { escalate, isAsking } from './escalate.ts';
import { ofRules } from './heal.ts';

/** What somebody has decided on, in a session of his own or as its answer. */
export type Choice = RecoveryChoice & { readonly by: string; readonly reason?: string };

export type Deed = (draft: Draft, choice: Choice, about: readonly number[], line: Line) => void;

/** What each action does, and which lines tell of it. */
export const deeds: Readonly<Record<RecoveryChoice['action'], Deed>> = {
  retry: runAgain,
  requeue: runAgain,
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
    const { finding } = draft.header.recovery!;
    const { code, message } = finding;
    const asked = line.event === 'recoveryAnswered' && code !== undefined ? { code, message } : undefined;
    rollBack(draft, by, reason ?? line.because ?? '', asked);
  },
  restore: (draft, { checkpoint, by }, _, line) => restore(draft, checkpoint, by, line.because ?? ''),
  escalate(draft, { by, to }, _, line) {
    tell(draft, line);
    escalate(draft, by, to, draft.header.recovery!.finding);
  },
  abort: (draft, { by }, _, line) => abort(draft, by, line.because ?? ''),
  fail(draft, { by }, about, line) {
    for (const node of about) letFail(draft, node, line);
    if (draft.header.recovery?.state === 'acting') letRunOut(draft, by);
  },
};

/** A job that has ended goes on as a new run. What has failed gets its attempts anew; what was skipped or cancelled because of it may run. */
function runAgain(draft: Draft, choice: Choice, about: readonly number[], line: Line): void {
  // While the job is taken back, nothing but compensations runs.
  if (draft.header.rollback) return retryUndos(draft, about, choice.by);
  const isOver = isFinal(draft.header.state);
  const named = new Set(about);
  const isWanted = (node: number) => named.has(node) || (isOver && nodeAt(draft, node).state === 'cancelled');
  const again = mustRunAgain(draft, { of: (node) => (isWanted(node) ? 'open' : undefined), ofItem: () => false });
  const direct = about.filter((node) => mayGoOn(draft, node, again));
  begin(draft, line);
  if (choice.action === 'requeue') for (const node of about) redirect(draft, node, choice, choice.by);
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
  const these = new Set(done);
  const isDone = (node: number) => these.has(node) || these.has(itemAt(draft, node)?.map ?? node);
  return { nodes: new Set([...nodes].filter((node) => !isDone(node))), anew };
}

/** Nobody decided that it shall not run: the job's end did. */
function openIfCancelled(draft: Draft, node: number): 'open' | undefined {
  return nodeAt(draft, node).state === 'cancelled' ? 'open' : undefined;
}

/** A node that waited for an answer has failed as it had. */
export function letFail(draft: Draft, node: number, line: Line): void {
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

/** Rules that ask about no node ask because the job has run out of time: that stands. */
export function letRunOut(draft: Draft, by: string): void {
  const { finding, steps } = draft.header.recovery!;
  const asked = steps.findLast(({ action }) => action === 'escalate');
  if (!asked || asked.by !== ofRules || asked.node !== undefined) return;
  const message = finding.kind === 'deadline' ? finding.message : 'it had not ended by its deadline';
  const failure = { code: 'deadline_exceeded', message };
  endEarly(draft, 'failed', { event: 'deadlinePassed', by, failure, finding: 'deadline' });
}
