import { canonicalJson } from '../core/json.ts';
import { type Draft, tell } from './draft.ts';
import type { Refusal } from './event.ts';
import { limits } from './limits.ts';
import { alarm } from './ready-node.ts';
import type { Line } from './settle-node.ts';
import type { JobSpec } from './spec.ts';
import { isFinal } from './states.ts';

/**
 * A job that has ended goes on as a new run: the same id, audit and results, one more in `run`. The line that tells why is the first of the
 * run (J1: nothing else leads out of a final state). What becomes of its nodes is the affair of whoever reopens it; the job's state
 * follows from them at the end of the event. A job that has not ended is only told the line. Its time is the one that `spec` gives it.
 */
export function reopenJob(draft: Draft, line: Line, spec: JobSpec = draft.spec): void {
  const { header } = draft;
  if (!isFinal(header.state)) {
    tell(draft, line);
    if (timesOf(draft, spec) !== timesOf(draft, draft.spec)) renewTime(draft, spec);
    return;
  }
  header.run = runOf(header) + 1;
  delete header.endedAt;
  delete header.failure;
  header.checkedAt = draft.now;
  tell(draft, { ...line, run: header.run });
  renewTime(draft, spec);
}

/** Why a job can't go on for another run, or for another time, with this deadline. */
export function reopenRefusal({ header, now }: Draft, deadline: number | undefined): Refusal | undefined {
  if (header.parent && isFinal(header.state)) return 'jobIsChild';
  if (deadline !== undefined && deadline <= now) return 'deadlineHasPassed';
  if (header.endedAt !== undefined && now - header.endedAt > limits.delayMs) return 'jobIsTooOld';
  return undefined;
}

/** 1 for a job that has never been reopened. */
export function runOf({ run = 1 }: { readonly run?: number }): number {
  return run;
}

/** The timeout counts from now on; that of a job that has not started, from its start on. */
function renewTime(draft: Draft, spec: JobSpec): void {
  const { header, now } = draft;
  const hasStarted = header.startedAt !== undefined;
  const timeoutAt = hasStarted ? now + (spec.timeout ?? Infinity) : Infinity;
  const deadlineAt = Math.min(spec.deadline ?? Infinity, timeoutAt);
  if (deadlineAt < Infinity) header.deadlineAt = deadlineAt;
  else delete header.deadlineAt;
  alarm(draft, Math.min(deadlineAt, hasStarted ? Infinity : (spec.startAt ?? now)));
}

function timesOf({ header }: Draft, { startAt, deadline, timeout }: JobSpec): string {
  return canonicalJson({ deadline, timeout, ...(header.startedAt === undefined && { startAt }) });
}
