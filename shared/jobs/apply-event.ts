import { closeDraft } from './close-draft.ts';
import { type Draft, openDraft } from './draft.ts';
import { followNodes } from './end-job.ts';
import { applied, type Effect, type JobEvent, refused, repeated, type Verdict } from './event.ts';
import type { Job } from './job.ts';
import { cancelJob, failByDeadline, pauseJob, requeue, resumeJob, startJob } from './job-moves.ts';
import { applyToNode } from './node-moves.ts';
import { hasNode, nodeAt } from './nodes.ts';
import { recallRequest, signRequest } from './operator-request.ts';
import {
  answerRecovery,
  cancelRecovery,
  followRecovery,
  heal,
  healDeadline,
  healRollback,
  recoverJob,
  stopAsking,
  tellAgain,
  wasTold,
} from './recovery/index.ts';
import { redriveJob } from './redrive-job.ts';
import { checkpointJob, restoreJob } from './restore-job.ts';
import { followRollback, startRollback } from './rollback-job.ts';
import { receiveSignal } from './signal-node.ts';
import { skipNode } from './skip-node.ts';
import { spreadNews } from './spread-news.ts';
import { isFinal } from './states.ts';
import { retryCompensation } from './undo-moves.ts';

export interface Applied {
  /** The very job that was given when nothing changed. */
  readonly job: Job;
  readonly effects: readonly Effect[];
  readonly because: Verdict;
}

/**
 * The one door: whatever happens to a job happens here. Pure: the same job, event and time give the same answer, and the job that
 * is given stays as it was. A refused or repeated event gives the job itself back.
 */
export function applyToJob(job: Job, event: JobEvent, now: number): Applied {
  const draft = openDraft(job, now);
  const because = applyToDraft(draft, event);
  const { after, effects } = closeDraft(draft);
  return { job: after, effects, because };
}

/** For events that are there together: the same as one after the other, in one commit. */
export function applyToDraft(draft: Draft, event: JobEvent): Verdict {
  const told = recallRequest(draft, event) ?? admit(draft, event);
  if (told) return told;
  const first = draft.audit.length;
  const verdict = applyAdmitted(draft, event);
  if (verdict.kind !== 'applied') return verdict;
  signRequest(draft, event, first);
  spreadNews(draft, (node) => heal(draft, node));
  stopAsking(draft);
  // A job that this event reopened has its last state until its nodes say another.
  if (draft.header.rollback) followRollback(draft);
  else if (draft.header.endedAt === undefined) followNodes(draft);
  healRollback(draft);
  followRecovery(draft);
  draft.headerTouched = true;
  return verdict;
}

function admit(draft: Draft, event: JobEvent): Verdict | undefined {
  const { header, pages } = draft;
  if (isFinal(header.state) && !reopens(event)) return isDone(draft, event) ? repeated : refused('jobIsFinal');
  if ('node' in event && !hasNode({ pages }, event.node)) return refused('unknownNode');
  return undefined;
}

/** J1: nothing else leads out of a final state. */
function reopens({ kind }: JobEvent): boolean {
  return kind === 'redriven' || kind === 'restored' || kind === 'rollbackStarted' || kind === 'recoveryStarted';
}

/** What an operator asks for of a job that has ended by it. */
function isDone(draft: Draft, event: JobEvent): boolean {
  if (event.kind === 'cancelled') return draft.header.state === 'aborted';
  return event.kind === 'nodeSkipped' && hasNode(draft, event.node) && nodeAt(draft, event.node).state === 'skipped';
}

function applyAdmitted(draft: Draft, event: JobEvent): Verdict {
  if (event.kind === 'nodeSkipped') return skipNode(draft, event);
  if (event.kind === 'compensationRetried') return retryCompensation(draft, event);
  if ('node' in event) return applyToNode(draft, event);
  switch (event.kind) {
    case 'submitted':
    case 'started':
      return startJob(draft, event.kind);
    case 'requeued':
      return requeue(draft, event.nodes);
    case 'signalled':
      return receiveSignal(draft, event);
    case 'paused':
      return pauseJob(draft, event.by);
    case 'resumed':
      return draft.header.recovery?.escalation ? refused('recoveryUnderWay') : resumeJob(draft, event.by);
    case 'cancelled':
      return cancelJob(draft, event);
    case 'checkpointed':
      return checkpointJob(draft, event);
    case 'restored':
      return restoreJob(draft, event);
    case 'recoveryStarted':
      return recoverJob(draft, event);
    case 'recoveryAnswered':
      return answerRecovery(draft, event);
    case 'recoveryCancelled':
      return cancelRecovery(draft, event);
    case 'escalationDue':
      return tellAgain(draft);
    case 'escalationTold':
      return wasTold(draft, event);
    case 'redriven':
      return redriveJob(draft, event);
    case 'rollbackStarted':
      return startRollback(draft, event);
    case 'deadlinePassed':
      return passDeadline(draft);
    case 'checked':
      return lookAgainLater(draft);
  }
}

function passDeadline(draft: Draft): Verdict {
  const { deadlineAt = Infinity } = draft.header;
  const message = `it had not ended by ${new Date(Math.min(deadlineAt, draft.now)).toISOString()}`;
  const finding = { kind: 'deadline', code: 'deadline_exceeded', message } as const;
  return deadlineAt <= draft.now && healDeadline(draft, finding) ? applied : failByDeadline(draft);
}

/** A child asks after its parent on the way: the parent's cancel may have been lost. */
function lookAgainLater(draft: Draft): Verdict {
  const { header, effects } = draft;
  header.checkedAt = draft.now;
  if (header.parent) effects.push({ kind: 'checkParent', parentId: header.parent.jobId });
  return applied;
}
