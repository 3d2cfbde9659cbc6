import type { AuditLine } from './audit.ts';
import { cutFailure } from './cut-failure.ts';
import { type Draft, put, tell } from './draft.ts';
import type { NodePast, NodeRun, SettledNode } from './job.ts';
import { nodeAt } from './nodes.ts';

/** What a caller knows of a line: the rest is filled in where it is told. */
export type Line = Omit<AuditLine, 'seq' | 'at' | 'node' | 'to'>;
export type Ending = NodePast & Pick<SettledNode, 'state' | 'result' | 'failure' | 'skippedBy'>;

/** The node has ended for good. Its dependants hear of it later in the same event (`spreadNews`). */
export function settle(draft: Draft, index: number, ending: Ending, line: Line): void {
  put(draft, index, { ...ending, ...handedOut(nodeAt(draft, index)), endedAt: draft.now });
  if (ending.result !== undefined) draft.results.push(index);
  tell(draft, { ...line, to: ending.state }, index);
  draft.settled.push(index);
}

/** What is kept of a ready node that settles. */
export function handedOut(run: NodeRun): Pick<SettledNode, 'parcel'> {
  return run.state === 'ready' && run.parcel !== undefined ? { parcel: run.parcel } : {};
}

/** The highest number that may have been used: where the node's parcel was claimed after the job had last heard of it, one more. */
export function attemptsOf(run: NodeRun): number {
  if (run.state === 'blocked') return run.lastAttempt ?? 0;
  return run.attempt + Number('parcel' in run && run.parcel !== undefined && run.state !== 'running');
}

export function skip(draft: Draft, index: number, because: string): void {
  if (nodeAt(draft, index).state !== 'blocked') return;
  settle(draft, index, { state: 'skipped', ...neverStarted(draft, index) }, { event: 'skipped', because });
}

/** A node that can't even start fails for good: it would fail again. */
export function failAtStart(draft: Draft, index: number, past: NodePast, code: string, message: string): void {
  const failure = cutFailure({ code, message, retryable: false });
  settle(draft, index, { state: 'failed', ...past, failure }, { event: 'failed', attempt: past.attempt, failure });
}

/** The past of a blocked node. Attempts that were made before it was reset stay counted, so that none of them is taken for a new one. */
export function neverStarted(draft: Draft, index: number): NodePast {
  const run = nodeAt(draft, index);
  const reset = run.state === 'blocked' ? run : undefined;
  return {
    attempt: reset?.lastAttempt ?? 0,
    failures: 0,
    leaseLosses: 0,
    readyAt: draft.now,
    ...(reset?.redoAfter !== undefined && { redoAfter: reset.redoAfter }),
    ...(reset?.recovered && { recovered: reset.recovered }),
  };
}

/** The past of a node whose next attempt begins now. */
export function startedNow(draft: Draft, past: NodePast): NodePast {
  return { ...pastOf(past), attempt: past.attempt + 1, startedAt: past.startedAt ?? draft.now };
}

export function pastOf(run: NodePast): NodePast {
  const { attempt, failures, leaseLosses, readyAt, startedAt, lastDelayMs, redoAfter, trial, recovered } = run;
  return {
    attempt,
    failures,
    leaseLosses,
    readyAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(lastDelayMs !== undefined && { lastDelayMs }),
    ...(redoAfter !== undefined && { redoAfter }),
    ...(trial && { trial }),
    ...(recovered && { recovered }),
  };
}
