import type { DropReason } from '../../policy/bulkhead/index.ts';
import type { Refusal } from './refusal.ts';

/** A call that got no permit. Names the pool, what is going on in it, and when to ask again. */
export interface BulkheadRejection extends Refusal {
  readonly because: 'bulkheadFull' | 'deadlinePassed' | 'cancelled';
  readonly limit: number;
  /** Permits that are out and waiters, as was known here. */
  readonly inUse: number;
  readonly depth: number;
  readonly waitedMs: number;
  readonly retryAt: number;
}

export type RejectionCause = DropReason | 'queue_full' | 'none_at_hand' | 'cancelled' | 'closed';

export interface PoolFacts {
  readonly limit: number;
  readonly queueMost: number;
  readonly inUse: number;
  readonly depth: number;
}

const reasons: Readonly<Record<RejectionCause, BulkheadRejection['because']>> = {
  queue_full: 'bulkheadFull',
  none_at_hand: 'bulkheadFull',
  deadline_unmeetable: 'bulkheadFull',
  deadline_passed: 'deadlinePassed',
  cancelled: 'cancelled',
  closed: 'cancelled',
};

export function rejectionOf(
  name: string,
  cause: RejectionCause,
  facts: PoolFacts,
  waitedMs: number,
  now: number,
  retryInMs: number,
): BulkheadRejection {
  const { limit, inUse, depth } = facts;
  const message = `${sentenceOf(name, cause, facts, waitedMs)}; ask again in ${Math.ceil(retryInMs)} ms`;
  return {
    kind: 'refused',
    because: reasons[cause],
    name,
    limit,
    inUse,
    depth,
    waitedMs,
    retryAt: now + retryInMs,
    message,
  };
}

function sentenceOf(name: string, cause: RejectionCause, facts: PoolFacts, waitedMs: number): string {
  const state = `${facts.inUse} of ${facts.limit} permits are out and ${facts.depth} of ${facts.queueMost} places in the queue are taken`;
  switch (cause) {
    case 'queue_full':
    case 'none_at_hand':
      return `bulkhead ${name} is full: ${state}`;
    case 'deadline_unmeetable':
      return `bulkhead ${name}: after ${Math.round(waitedMs)} ms in the queue the call could not end before its deadline (${state})`;
    case 'deadline_passed':
      return `bulkhead ${name}: the deadline has passed after ${Math.round(waitedMs)} ms in the queue (${state})`;
    case 'cancelled':
      return `bulkhead ${name}: the call was given up after ${Math.round(waitedMs)} ms in the queue`;
    case 'closed':
      return `bulkhead ${name} is closed, as its process ends`;
  }
}
