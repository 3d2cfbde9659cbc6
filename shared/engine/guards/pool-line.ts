import type { PriorityClass } from '../../policy/bulkhead/index.ts';
import type { BulkheadPermit } from './bulkhead-permit.ts';
import { type BulkheadRejection, type PoolFacts, type RejectionCause, rejectionOf } from './bulkhead-rejection.ts';
import { settlePending, takeNow } from './pool-permits.ts';
import { countIsBehind, type Pending, type PoolState, shareNow, wakeBy } from './pool-state.ts';

export interface AcquireOptions {
  /** `normal` unless said. */
  readonly priority?: PriorityClass | undefined;
  /** Whom the call is for, a job for example: tenants of a class take turns. */
  readonly tenant?: string | undefined;
  /** Milliseconds since the epoch. It is not begun at this time or later, nor when a call is known to take longer than what is left. */
  readonly deadlineAt?: number | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** Who can't have a permit at once waits in line, or is told why not. */
export function acquire(
  pool: PoolState,
  options: AcquireOptions,
): BulkheadPermit | BulkheadRejection | Promise<BulkheadPermit | BulkheadRejection> {
  const now = pool.needs.clock.now();
  const refused = faultOf(options, now);
  if (refused) return reject(pool, refused, 0, now);
  return takeNow(pool, now) ?? new Promise((answer) => join(pool, options, now, answer));
}

/** Without waiting: where none is at hand the store is asked for one in the background. */
export function tryAcquire(pool: PoolState, options: AcquireOptions): BulkheadPermit | BulkheadRejection {
  const now = pool.needs.clock.now();
  const refused = faultOf(options, now);
  if (refused) return reject(pool, refused, 0, now);
  const permit = takeNow(pool, now);
  if (permit) return permit;
  if (pool.needs.store.kind === 'there' && pool.line.depth === 0) {
    pool.spare++;
    pool.needs.askSoon(pool);
  }
  return reject(pool, 'none_at_hand', 0, now);
}

/** Of a pool of whose calls nothing is known. */
const unknownMs = 200;

function faultOf(
  { signal, deadlineAt = Number.POSITIVE_INFINITY }: AcquireOptions,
  now: number,
): RejectionCause | undefined {
  if (signal?.aborted) return 'cancelled';
  return deadlineAt <= now ? 'deadline_passed' : undefined;
}

function join(pool: PoolState, options: AcquireOptions, now: number, answer: Pending['answer']): void {
  const { signal, priority, tenant, deadlineAt } = options;
  const pending: Pending = { since: now, waiter: undefined, signal, onAbort: undefined, answer };
  const waiter = pool.line.join({ work: pending, priority, tenant, deadline: deadlineAt }, now);
  if (typeof waiter === 'string') return answer(reject(pool, waiter, 0, now));
  pending.waiter = waiter;
  if (signal) {
    pending.onAbort = () => leave(pool, pending);
    signal.addEventListener('abort', pending.onAbort, { once: true });
  }
  if (deadlineAt !== undefined && deadlineAt !== Number.POSITIVE_INFINITY) wakeBy(pool, deadlineAt);
  // While there is no store to ask, this instance's own part of the queue is all that bounds it: who is in line is accepted.
  if (pool.needs.store.kind === 'there') pool.fresh.push(pending);
  pool.needs.askSoon(pool);
}

function leave(pool: PoolState, pending: Pending): void {
  if (!pool.line.leave(pending.waiter!)) return;
  const now = pool.needs.clock.now();
  countIsBehind(pool, now);
  rejectPending(pool, pending, 'cancelled', now);
}

/** Of one who is out of the line already. */
export function rejectPending(pool: PoolState, pending: Pending, cause: RejectionCause, now: number): void {
  settlePending(pending);
  pending.answer(reject(pool, cause, now - pending.since, now));
}

export function reject(pool: PoolState, cause: RejectionCause, waitedMs: number, now: number): BulkheadRejection {
  const rejection = rejectionOf(pool.name, cause, factsOf(pool), waitedMs, now, retryInMs(pool, now));
  pool.needs.countRejection(pool, rejection);
  return rejection;
}

/** What the store said last, or more where this instance knows of more. */
export function factsOf(pool: PoolState): PoolFacts {
  const { rules, news, needs, running, line } = pool;
  const { queueMost } = rules;
  if (needs.store.kind !== 'there') return { limit: shareNow(pool), queueMost, inUse: running, depth: line.depth };
  const depth = Math.max(news.depth, Math.min(line.depth, queueMost));
  return { limit: news.limit, queueMost, inUse: Math.max(news.inUse, running), depth };
}

/**
 * When those who are before it are through, as far as that is known; a call that ended long ago tells more than none. Where none has ended yet,
 * those under way take at least as long again as they have.
 */
export function retryInMs(pool: PoolState, now: number): number {
  const { meanMs, calls } = pool.service;
  if (calls === 0) return Math.min(60_000, Math.max(unknownMs, now - (pool.firstAt ?? now)));
  const { limit, depth } = factsOf(pool);
  return Math.min(60_000, Math.max(1, (meanMs * (depth + 1)) / Math.max(1, limit)));
}
