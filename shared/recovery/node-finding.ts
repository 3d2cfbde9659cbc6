import {
  type Draft,
  type Finding,
  isUnfinished,
  nodeAt,
  nodeIdAt,
  nodeSpecAt,
  periods,
  type RunningNode,
  undoAt,
  type WaitingNode,
} from '../jobs/index.ts';
import type { FindingKind } from '../policy/recovery/index.ts';
import type { Failure } from '../policy/retry/index.ts';

type Found = Pick<Finding, 'kind' | 'message' | 'code'>;

/** What is wrong with one node; undefined where nothing is, or where the job goes on all the same. */
export function nodeFinding(draft: Draft, index: number): Finding | undefined {
  const run = nodeAt(draft, index);
  const found = findingAt(draft, index);
  if (!found) return undefined;
  const attempt = 'attempt' in run ? { attempt: run.attempt } : {};
  return { ...found, node: nodeIdAt(draft, index), ...attempt };
}

/** Alarms ring at once: who is later than this is found by a sweep, or by nobody. */
export function isMissed(dueAt: number, now: number): boolean {
  return now - dueAt > periods.missed;
}

function findingAt(draft: Draft, index: number): Found | undefined {
  const run = nodeAt(draft, index);
  switch (run.state) {
    case 'running':
    case 'waiting':
      return lateFinding(draft, index, run);
    case 'retrying':
      if (isMissed(run.retryAt, draft.now))
        return { kind: 'missed_timer', message: `its retry was due at ${isoOf(run.retryAt)}` };
      return run.lost ? lost(run.failure) : undefined;
    case 'ready':
      return run.lost ? lost(run.failure) : undefined;
    case 'failed':
      return run.failure && isFailureOfJob(draft, index) ? failureFinding(draft, index, run.failure) : undefined;
    case 'blocked':
    case 'succeeded':
    case 'skipped':
    case 'cancelled':
      return undefined;
  }
}

function lateFinding(draft: Draft, index: number, run: RunningNode | WaitingNode): Found | undefined {
  const { now } = draft;
  if (run.state === 'waiting' && run.on.kind === 'decision') return failureFinding(draft, index, run.on.failure);
  const { totalTimeout = Infinity } = nodeSpecAt(draft, index);
  const timeoutAt = Math.min(run.timeoutAt ?? Infinity, run.readyAt + totalTimeout);
  if (timeoutAt <= now) return { kind: 'timeout', message: `it was to end by ${isoOf(timeoutAt)}` };
  if (run.state === 'running') {
    if (run.leaseUntil > now) return undefined;
    return {
      kind: 'lost_lease',
      message: `the lease of its executor ${run.owner} ran out at ${isoOf(run.leaseUntil)}`,
    };
  }
  if (run.on.kind === 'time' && isMissed(run.on.until, now))
    return { kind: 'missed_timer', message: `its wait was over at ${isoOf(run.on.until)}` };
  const heartbeatBy = run.on.kind === 'callback' ? (run.on.heartbeatBy ?? Infinity) : Infinity;
  if (heartbeatBy > now) return undefined;
  return { kind: 'stalled_node', message: `a heartbeat was to come by ${isoOf(heartbeatBy)}` };
}

function lost(failure: Failure | undefined): Found {
  return {
    kind: 'lost_lease',
    message: failure?.message ?? 'its executor was lost, and it waits for its next attempt',
  };
}

function isFailureOfJob(draft: Draft, index: number): boolean {
  return undoAt(draft, index) ? draft.header.rollback !== undefined : isUnfinished(draft, index);
}

/** What happened is not in the state any more: the failure's code tells it, as far as the engine gives codes. */
function failureFinding(draft: Draft, index: number, { code, message }: Failure): Found {
  const kind = nodeSpecAt(draft, index).type === 'job' ? 'failed_child' : (kinds[code] ?? 'failed_node');
  return { kind, code, message };
}

const kinds: Readonly<Record<string, FindingKind>> = {
  lease_lost: 'lost_lease',
  dead_letter: 'dead_letter',
  timeout: 'timeout',
  total_timeout: 'timeout',
  heartbeat_timeout: 'stalled_node',
};

const isoOf = (ms: number) => new Date(ms).toISOString();
