import { mayRunTwice } from '../policy/retry/index.ts';
import { type Draft, put, tell } from './draft.ts';
import { applied, type NodeEvent, refused, repeated, type Verdict } from './event.ts';
import type { RunningNode, WaitingNode } from './job.ts';
import { keepResult } from './keep-result.ts';
import { familyPauseMs } from './limits.ts';
import { ifMissed } from './missed-timer.ts';
import { nodeAt, nodeSpecAt } from './nodes.ts';
import type { Overruling } from './overrule-retry.ts';
import { alarm, makeReady } from './ready-node.ts';
import { endAttempt, isLeftToEnd, policyAt } from './retry-node.ts';
import { pastOf, settle } from './settle-node.ts';

type Of<Kind extends NodeEvent['kind']> = Extract<NodeEvent, { kind: Kind }>;
type CurrentEvent = Exclude<
  NodeEvent,
  Of<'claimed'> | Of<'retryDue'> | Of<'timedOut'> | Of<'undeliverable'> | Of<'postponed'> | Overruling
>;
type Current = RunningNode | WaitingNode;

/** J2: only the current attempt counts; what an ended one says again is a repetition and changes nothing. */
export function applyToCurrent(draft: Draft, event: CurrentEvent): Verdict {
  const run = nodeAt(draft, event.node);
  if (!('attempt' in run) || run.attempt !== event.attempt) return refused('staleAttempt');
  if (run.state !== 'running' && run.state !== 'waiting') return repeated;
  // The attempt is over: what becomes of its node is no more its affair.
  if (run.state === 'waiting' && run.on.kind === 'decision') return repeated;
  switch (event.kind) {
    case 'released':
      return release(draft, event, run);
    case 'heartbeat':
      return beat(draft, event, run);
    case 'accepted':
      return accept(draft, event, run);
    case 'succeeded':
      return succeed(draft, event, run);
    case 'failed':
      return fail(draft, event, run);
    case 'leaseLost':
      return loseLease(draft, event, run);
    case 'delayDue':
      return endDelay(draft, event, run);
    case 'childChecked':
      return checkChild(draft, event, run);
    case 'childEnded':
      return endChild(draft, event, run);
  }
}

function release(draft: Draft, { node, attempt, begun }: Of<'released'>, run: Current): Verdict {
  if (run.state !== 'running') return repeated;
  if (!begun && isLeftToEnd(draft, node)) {
    settle(draft, node, { state: 'cancelled', ...pastOf(run) }, { event: 'released', attempt, by: run.owner });
  } else if (!begun || (mayRunTwice(policyAt(draft, node)) && !isLeftToEnd(draft, node))) {
    makeReady(draft, node, { ...pastOf(run), lost: false }, { event: 'released', attempt, by: run.owner });
  } else {
    const why = isLeftToEnd(draft, node) ? 'its job is rolled back' : 'it asks for at most one execution';
    const message = `its executor ${run.owner} stopped while it ran, and ${why}`;
    endAttempt(draft, node, run, { event: 'released', failure: { code: 'lease_lost', message }, chance: 0 });
  }
  return applied;
}

/** Not told: a lease is no state that anybody replays. */
function beat(draft: Draft, { node, leaseUntil }: Of<'heartbeat'>, run: Current): Verdict {
  if (run.state === 'running') {
    if (leaseUntil <= run.leaseUntil) return repeated;
    put(draft, node, { ...run, leaseUntil });
    return applied;
  }
  if (run.on.kind !== 'callback') return refused('nodeIsNotWaiting');
  const on = callback(draft, node);
  if (on.heartbeatBy === undefined) return repeated;
  put(draft, node, { ...run, on });
  return applied;
}

function accept(draft: Draft, { node, attempt }: Of<'accepted'>, run: Current): Verdict {
  if (run.state !== 'running') return repeated;
  // The timeout that a call has by default is for its answer, and that has come.
  const { timeout } = nodeSpecAt(draft, node);
  const asked = timeout !== undefined && run.timeoutAt !== undefined;
  // The claim's is later where the call waited for a permit first.
  const timeoutAt = asked ? { timeoutAt: Math.min(run.timeoutAt, draft.now + timeout) } : {};
  const on = callback(draft, node);
  put(draft, node, { state: 'waiting', ...pastOf(run), on, ...timeoutAt });
  tell(draft, { event: 'accepted', attempt, to: 'waiting' }, node);
  alarm(draft, Math.min(on.heartbeatBy ?? Infinity, timeoutAt.timeoutAt ?? Infinity));
  return applied;
}

function callback(draft: Draft, node: number): { kind: 'callback'; heartbeatBy?: number } {
  const spec = nodeSpecAt(draft, node);
  const every = 'heartbeatTimeout' in spec ? spec.heartbeatTimeout : undefined;
  return { kind: 'callback', ...(every !== undefined && { heartbeatBy: draft.now + every }) };
}

function succeed(draft: Draft, event: Of<'succeeded'>, run: Current): Verdict {
  if (!isCall(run)) return refused('nodeIsNotWaiting');
  stopCaller(draft, event, run);
  const { node, attempt, by } = event;
  keepResult(draft, node, run, event, { event: 'succeeded', attempt, ...(by && { by }) });
  return applied;
}

function fail(draft: Draft, event: Of<'failed'>, run: Current): Verdict {
  if (!isCall(run)) return refused('nodeIsNotWaiting');
  stopCaller(draft, event, run);
  const { node, failure, chance, by, advice, closedOffUntil } = event;
  const said = by && { because: `said by ${by}` };
  const guarded = { ...(advice && { advice }), ...(closedOffUntil !== undefined && { closedOffUntil }) };
  endAttempt(draft, node, run, { event: 'failed', failure, chance, ...said, ...guarded });
  return applied;
}

/** The outside was quicker than the executor, which works for nothing now and would run beside the next attempt. */
function stopCaller(draft: Draft, { node, attempt, by }: Of<'succeeded'> | Of<'failed'>, run: Current): void {
  if (by === 'callback' && run.state === 'running') draft.effects.push({ kind: 'abort', node, attempt });
}

/** J7: a lost lease is a failed attempt. */
function loseLease(draft: Draft, { node, because, chance }: Of<'leaseLost'>, run: Current): Verdict {
  if (run.state !== 'running') return repeated;
  if (because === 'leaseExpired' && run.leaseUntil > draft.now) return refused('notDue');
  const failure = { code: 'lease_lost', message: `its executor ${run.owner} was lost` };
  draft.effects.push({ kind: 'abort', node, attempt: run.attempt });
  endAttempt(draft, node, run, { event: 'leaseLost', because, failure, chance });
  return applied;
}

function endDelay(draft: Draft, { node, attempt }: Of<'delayDue'>, run: Current): Verdict {
  if (run.state !== 'waiting' || run.on.kind !== 'time') return refused('nodeIsNotWaiting');
  if (run.on.until > draft.now) return refused('notDue');
  const line = { event: 'delayDue', attempt, ...ifMissed(run.on.until, draft.now) } as const;
  settle(draft, node, { state: 'succeeded', ...pastOf(run), result: null }, line);
  return applied;
}

function checkChild(draft: Draft, { node, attempt }: Of<'childChecked'>, run: Current): Verdict {
  if (run.state !== 'waiting' || run.on.kind !== 'child') return refused('nodeIsNotWaiting');
  const pauseMs = familyPauseMs(draft.now - (run.startedAt ?? draft.now));
  put(draft, node, { ...run, on: { ...run.on, checkAt: draft.now + pauseMs } });
  draft.effects.push({ kind: 'checkChild', node, attempt, childId: run.on.jobId });
  return applied;
}

function endChild(draft: Draft, event: Of<'childEnded'>, run: Current): Verdict {
  const { node, chance } = event;
  if (run.state !== 'waiting' || run.on.kind !== 'child') return refused('nodeIsNotWaiting');
  if (event.state === 'completed') {
    keepResult(draft, node, run, event, { event: 'childEnded', attempt: event.attempt });
    return applied;
  }
  const message = event.failure?.message ?? `the child job ${run.on.jobId} was ${event.state}`;
  const again = event.failure?.retryable === false ? { retryable: false } : {};
  const failure = { code: `child_${event.state}`, message, ...again };
  endAttempt(draft, node, run, { event: 'childEnded', failure, chance });
  return applied;
}

function isCall(run: Current): boolean {
  return run.state === 'running' || run.on.kind === 'callback';
}
