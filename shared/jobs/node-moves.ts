import { applyToCurrent } from './attempt-moves.ts';
import { type Draft, put, tell } from './draft.ts';
import { stopWork } from './end-job.ts';
import { applied, type NodeEvent, refused, repeated, type TimeLimit, type Verdict } from './event.ts';
import type { NodeRun, ReadyNode, RetryingNode, RunningNode, WaitingNode } from './job.ts';
import { limits, periods } from './limits.ts';
import { ifMissed } from './missed-timer.ts';
import { nodeAt, nodeSpecAt } from './nodes.ts';
import { overruleRetry } from './overrule-retry.ts';
import { postpone } from './postpone-node.ts';
import { callTimeoutOf, makeReady, totalTimeoutAt } from './ready-node.ts';
import { endAttempt } from './retry-node.ts';
import { pastOf, settle } from './settle-node.ts';
import { isSettled } from './states.ts';

type UnderWay = ReadyNode | RunningNode | WaitingNode | RetryingNode;
type Of<Kind extends NodeEvent['kind']> = Extract<NodeEvent, { kind: Kind }>;

/** What happens to an attempt. J2: whatever is said of any but the current one changes nothing. */
export function applyToNode(draft: Draft, event: NodeEvent): Verdict {
  switch (event.kind) {
    case 'claimed':
      return claim(draft, event);
    case 'retryDue':
      return retryNow(draft, event);
    case 'retriedNow':
    case 'retryCancelled':
      return overruleRetry(draft, event);
    case 'timedOut':
      return timeOut(draft, event);
    case 'undeliverable':
      return giveUpMessage(draft, event);
    case 'postponed':
      return postpone(draft, event);
    case 'released':
    case 'heartbeat':
    case 'accepted':
    case 'succeeded':
    case 'failed':
    case 'leaseLost':
    case 'delayDue':
    case 'childChecked':
    case 'childEnded':
      return applyToCurrent(draft, event);
  }
}

function claim(draft: Draft, { node, attempt, owner, leaseUntil, parcel }: Of<'claimed'>): Verdict {
  const run = nodeAt(draft, node);
  if (run.state === 'running' && run.attempt === attempt && run.owner === owner) return repeated;
  // A parcel was claimed where a pause is not seen. Its work is under way, and what is under way ends.
  if (draft.header.paused && parcel === undefined) return refused('jobIsPaused');
  if (run.state !== 'ready') return refused('nodeIsNotReady');
  if (attempt !== run.attempt + 1) return refused('staleAttempt');
  if (parcel !== run.parcel) return refused('nodeIsNotReady');
  const spec = nodeSpecAt(draft, node);
  const timeout = callTimeoutOf(spec);
  // The call has its time when it begins, and what waits for a permit has not begun.
  const waitMs = 'bulkhead' in spec && spec.bulkhead !== undefined ? periods.permit : 0;
  const past = { ...pastOf(run), attempt, startedAt: run.startedAt ?? draft.now };
  const timeoutAt = timeout === undefined ? {} : { timeoutAt: draft.now + waitMs + timeout };
  put(draft, node, {
    state: 'running',
    ...past,
    owner,
    leaseUntil,
    ...timeoutAt,
    ...(parcel !== undefined && { parcel }),
  });
  tell(draft, { event: 'claimed', attempt, to: 'running', by: owner }, node);
  return applied;
}

function retryNow(draft: Draft, { node, attempt }: Of<'retryDue'>): Verdict {
  const run = nodeAt(draft, node);
  if (run.state !== 'retrying' || run.attempt !== attempt) return refused('staleAttempt');
  if (run.retryAt > draft.now) return refused('notDue');
  makeReady(draft, node, run, { event: 'retryDue', attempt, ...ifMissed(run.retryAt, draft.now) });
  return applied;
}

/** Whoever has claimed the node did hear of it, and its lease will tell what became of it. */
function giveUpMessage(draft: Draft, { node, attempt, text, chance }: Of<'undeliverable'>): Verdict {
  const run = nodeAt(draft, node);
  if (!('attempt' in run) || run.state !== 'ready') return refused('nodeIsNotReady');
  if (attempt !== run.attempt + 1) return refused('staleAttempt');
  const message = 'its message came to nothing with every delivery and is a dead letter';
  const failure = { code: 'dead_letter', message, details: { message: text.slice(0, limits.letterChars) } };
  endAttempt(draft, node, { ...run, attempt }, { event: 'undeliverable', failure, chance });
  return applied;
}

function timeOut(draft: Draft, event: Of<'timedOut'>): Verdict {
  const { node, attempt, limit } = event;
  const run = nodeAt(draft, node);
  if (!isUnderWay(run) || run.attempt !== attempt) return refused('staleAttempt');
  if (limitAt(draft, node, run, limit) > draft.now) return refused('notDue');
  stopWork(draft, node, run);
  const failure = {
    code: codes[limit],
    message: messages[limit],
    ...(limit === 'totalTimeout' && { retryable: false }),
  };
  if (run.state === 'retrying') {
    const line = { event: 'timedOut', attempt, failure, finding: 'timeout' } as const;
    settle(draft, node, { state: 'failed', ...pastOf(run), failure }, line);
  } else {
    const { chance, advice } = event;
    endAttempt(draft, node, run, { event: 'timedOut', failure, chance, ...(advice && { advice }) });
  }
  return applied;
}

const codes = { timeout: 'timeout', totalTimeout: 'total_timeout', heartbeatTimeout: 'heartbeat_timeout' } as const;
const messages = {
  timeout: 'it had not ended within its timeout',
  totalTimeout: 'it had not settled within its total timeout, over all attempts',
  heartbeatTimeout: 'no heartbeat came within its heartbeat timeout',
} as const;

function limitAt(draft: Draft, node: number, run: UnderWay, limit: TimeLimit): number {
  // Whoever is asked has the time that he needs.
  if (run.state === 'waiting' && run.on.kind === 'decision') return Infinity;
  if (limit === 'totalTimeout') return totalTimeoutAt(nodeSpecAt(draft, node), run.readyAt);
  if (run.state !== 'running' && run.state !== 'waiting') return Infinity;
  if (limit === 'timeout') return run.timeoutAt ?? Infinity;
  return run.state === 'waiting' && run.on.kind === 'callback' ? (run.on.heartbeatBy ?? Infinity) : Infinity;
}

function isUnderWay(run: NodeRun): run is UnderWay {
  return run.state !== 'blocked' && !isSettled(run.state);
}
