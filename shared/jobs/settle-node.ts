import type { AuditLine } from './audit.ts';
import { cutFailure } from './cut-failure.ts';
import { type Draft, put, tell } from './draft.ts';
import type { NodePast, SettledNode } from './job.ts';
import { nodeAt } from './nodes.ts';

/** What a caller knows of a line: the rest is filled in where it is told. */
export type Line = Omit<AuditLine, 'seq' | 'at' | 'node' | 'to'>;
export type Ending = NodePast & Pick<SettledNode, 'state' | 'result' | 'failure'>;

/** The node has ended for good. Its dependants hear of it later in the same event (`spreadNews`). */
export function settle(draft: Draft, index: number, ending: Ending, line: Line): void {
  put(draft, index, { ...ending, endedAt: draft.now });
  if (ending.result !== undefined) draft.results.push(index);
  tell(draft, { ...line, to: ending.state }, index);
  draft.settled.push(index);
}

export function skip(draft: Draft, index: number, because: string): void {
  if (nodeAt(draft, index).state !== 'blocked') return;
  settle(draft, index, { state: 'skipped', ...neverStarted(draft) }, { event: 'skipped', because });
}

/** A node that can't even start fails for good: it would fail again. */
export function failAtStart(draft: Draft, index: number, past: NodePast, code: string, message: string): void {
  const failure = cutFailure({ code, message, retryable: false });
  settle(draft, index, { state: 'failed', ...past, failure }, { event: 'failed', attempt: past.attempt, failure });
}

export function neverStarted(draft: Draft): NodePast {
  return { attempt: 0, failures: 0, leaseLosses: 0, readyAt: draft.now };
}

/** The past of a node whose next attempt begins now. */
export function startedNow(draft: Draft, past: NodePast): NodePast {
  return { ...pastOf(past), attempt: past.attempt + 1, startedAt: past.startedAt ?? draft.now };
}

export function pastOf(run: NodePast): NodePast {
  const { attempt, failures, leaseLosses, readyAt, startedAt, lastDelayMs } = run;
  return {
    attempt,
    failures,
    leaseLosses,
    readyAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(lastDelayMs !== undefined && { lastDelayMs }),
  };
}
