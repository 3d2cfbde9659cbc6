import { dropCheckpoints } from './checkpoint.ts';
import { failedUndos, isToCompensate, undoOf } from './compensation.ts';
import { append, type Draft, moveJob, put, tell } from './draft.ts';
import { end, firstFailure, openNodes, stateOf, stopWork } from './end-job.ts';
import { applied, type JobEvent, type Refusal, refused, repeated, type Verdict } from './event.ts';
import type { NodeRun, UndoneSpan } from './job.ts';
import { limits } from './limits.ts';
import { nodeAt, nodeIdAt, nodeIndices } from './nodes.ts';
import { reopenJob } from './reopen-job.ts';
import { handedOut, neverStarted, pastOf } from './settle-node.ts';
import { spreadNews } from './spread-news.ts';
import { isFinal, isSettled } from './states.ts';
import { firstUndos } from './undo-order.ts';
import { allUndos } from './undos.ts';

/**
 * What a job did is taken back: every success whose node says how is compensated once, and nothing before all that was built on it.
 * Whatever has not begun is cancelled at once; what runs is left to end, since its success has to be taken back as well.
 * Compensations are nodes behind the last one and run like any other: what is claimed, lost, retried or told of them needs no words here.
 */
export function startRollback(draft: Draft, { by }: Extract<JobEvent, { kind: 'rollbackStarted' }>): Verdict {
  const { header } = draft;
  const wasFinal = isFinal(header.state);
  const refusal = rollbackRefusal(draft);
  if (refusal === 'nothingToCompensate' && header.rollbacks) return repeated;
  if (refusal) return refused(refusal);
  const failure = wasFinal ? header.failure : firstFailure(draft);
  reopenJob(draft, { event: 'rollbackStarted', by });
  moveJob(draft, 'rolling_back');
  // Time has no say in what must be taken back, and whoever wants it does not want to wait for somebody to resume.
  delete header.deadlineAt;
  delete header.paused;
  header.rollback = { since: draft.now, by, stage: 'ending', ...(failure && { failure }) };
  for (const node of nodeIndices(draft)) giveUp(draft, node);
  return applied;
}

/** Why the job can't be rolled back as it is. */
export function rollbackRefusal(draft: Draft): Refusal | undefined {
  const { header } = draft;
  if (header.rollback) return 'rollingBack';
  const isAnythingToDo = () => nodeIndices(draft).some((node) => isToCompensate(draft, node));
  if (isFinal(header.state) && !isAnythingToDo()) return 'nothingToCompensate';
  const undos = [...allUndos(draft).keys()];
  const ofUndos = undos.filter((undo) => nodeAt(draft, undo).state === 'succeeded').length;
  const most = limits.compensationsPerJob;
  return undos.length + header.tally.succeeded - ofUndos > most ? 'tooManyCompensations' : undefined;
}

/** After every event while it lasts. */
export function followRollback(draft: Draft): void {
  const { header } = draft;
  if (header.rollback?.stage === 'ending' && openNodes(draft) === 0) planUndos(draft);
  if (openNodes(draft) > 0 || failedUndos(draft).length > 0) return moveJob(draft, stateOf(draft));
  const { failure } = header.rollback!;
  end(draft, failure ? 'failed' : 'aborted', {
    event: 'rolledBack',
    because: sumOf(draft),
    ...(failure && { failure }),
  });
}

/** Told by the line of the rollback for all that did not wait; those that did are told one by one. */
function giveUp(draft: Draft, node: number): void {
  const run = nodeAt(draft, node);
  if (isSettled(run.state) || isUnderWay(run)) return;
  if (run.state === 'waiting' && run.on.kind === 'child') stopWork(draft, node, run);
  const past = run.state === 'blocked' ? neverStarted(draft, node) : pastOf(run);
  put(draft, node, { state: 'cancelled', ...past, ...handedOut(run), endedAt: draft.now });
  if (run.state === 'waiting')
    tell(draft, { event: 'rollbackStarted', attempt: run.attempt, from: run.state, to: 'cancelled' }, node);
}

function isUnderWay(run: NodeRun): boolean {
  return run.state === 'running' || (run.state === 'waiting' && run.on.kind === 'callback');
}

/** Everything has settled: what there is to compensate is known, and stays as it is until the end. */
function planUndos(draft: Draft): void {
  const { header } = draft;
  const todo = nodeIndices(draft).filter((node) => isToCompensate(draft, node));
  for (const node of todo) resetUndo(draft, undoOf(draft, node));
  dropCheckpoints(draft, todo, 'what it had kept is taken back');
  const fresh = todo.filter((node) => undoOf(draft, node) === undefined);
  const added = fresh.length > 0 ? [{ first: append(draft, fresh.length), spans: spansOf(draft, fresh) }] : [];
  header.rollbacks = [...(header.rollbacks ?? []), ...added];
  header.rollback = { ...header.rollback!, stage: 'compensating' };
  const { compensationsPerLine } = limits;
  for (let from = 0; from < fresh.length; from += compensationsPerLine) {
    const undos = fresh.slice(from, from + compensationsPerLine).map((node) => nodeIdAt(draft, undoOf(draft, node)!));
    tell(draft, { event: 'rollbackPlanned', undos });
  }
  draft.entering.push(...firstUndos(draft));
  spreadNews(draft);
}

/** An earlier rollback was given up before this one was over: the same compensation goes on, so that its target knows it again. */
function resetUndo(draft: Draft, undo: number | undefined): void {
  const run = undo === undefined ? undefined : nodeAt(draft, undo);
  if (undo === undefined || !run || run.state === 'blocked') return;
  // Where a parcel was claimed after the job had last heard of it, the next number may have been used.
  const lastAttempt = run.attempt + 1;
  put(draft, undo, { state: 'blocked', unsettled: 0, succeeded: 0, lastAttempt });
  tell(draft, { event: 'reset', from: run.state, to: 'blocked', attempt: lastAttempt }, undo);
}

function spansOf(draft: Draft, nodes: readonly number[]): UndoneSpan[] {
  const spans: [node: number, count: number, attempt: number][] = [];
  for (const node of nodes) {
    const run = nodeAt(draft, node);
    const attempt = run.state === 'blocked' ? 0 : run.attempt;
    const last = spans.at(-1);
    if (last && last[0] + last[1] === node && last[2] === attempt) last[1]++;
    else spans.push([node, 1, attempt]);
  }
  return spans;
}

/** Of the successes that stand: those of earlier rollbacks that were given up included. */
function sumOf(draft: Draft): string {
  const states = nodeIndices(draft).flatMap((node) => {
    const undo = undoOf(draft, node);
    return undo === undefined ? [] : [nodeAt(draft, undo).state];
  });
  if (states.length === 0) return 'there was nothing to compensate';
  const skipped = states.filter((state) => state === 'skipped').length;
  return `${states.length - skipped} compensated, ${skipped} skipped`;
}
