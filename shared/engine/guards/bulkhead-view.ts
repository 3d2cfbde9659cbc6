import { type BulkheadSpec, type PriorityClass, priorityClasses } from '../../policy/bulkhead/index.ts';
import type { GuardRecord } from '../../ports/index.ts';
import type { BulkheadView } from './guards.ts';
import { ownLimit, type PoolState, shareNow } from './pool-state.ts';

/** A pool for people: of the fleet what the store said last, and of this instance what is so now. */
export function bulkheadViewOf(pool: PoolState, record: GuardRecord<BulkheadSpec> | undefined): BulkheadView {
  const { name, rules, line, holdings, news, running, needs } = pool;
  const isShared = needs.store.kind === 'there';
  const waiting = priorityClasses.map((priority) => [priority, line.waiting(priority)]);
  return {
    name,
    limit: isShared && news.newest > 0 ? news.limit : ownLimit(pool),
    queueMost: rules.queueMost,
    inUse: isShared ? Math.max(news.inUse, running) : running,
    depth: isShared ? Math.max(news.depth, line.depth) : line.depth,
    here: {
      inUse: running,
      kept: holdings.kept,
      waiting: Object.fromEntries(waiting) as Record<PriorityClass, number>,
    },
    ...(needs.store.kind === 'away' && { share: shareNow(pool) }),
    ...(record?.spec && { spec: record.spec }),
    revision: record?.revision ?? 0,
  };
}
