import type { BulkheadRejection } from './bulkhead-rejection.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { PoolState } from './pool-state.ts';

/** A pool that refuses thousands a second says so once a second. What is refused later than that tells of all since. */
const tellEveryMs = 1_000;

export function createRejectionTeller(tell: TellGuardEvent): (pool: PoolState, rejection: BulkheadRejection) => void {
  const counts = new Map<string, { count: number; toldAt: number }>();
  return ({ name, needs }, { because }) => {
    // Whoever gave up himself was not rejected.
    if (because === 'cancelled') return;
    const now = needs.clock.now();
    const known = counts.get(name) ?? { count: 0, toldAt: Number.NEGATIVE_INFINITY };
    counts.set(name, known);
    known.count++;
    if (now - known.toldAt < tellEveryMs) return;
    tell({ kind: 'rejection', guard: 'bulkhead', name, count: known.count, because, at: now });
    known.count = 0;
    known.toldAt = now;
  };
}
