import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { createGuardDesk, type GuardDesk, type GuardDeskNeeds } from '../../shared/engine/guards/guard-desk.ts';
import type { BreakerView, BulkheadView } from '../../shared/engine/guards/guards.ts';
import { defaultBreakerRules } from '../../shared/policy/breaker/index.ts';
import type { GuardRecords } from '../../shared/ports/index.ts';

/** A real desk over records in memory, and guards of this instance that the test holds in its hand. */
export interface HeldDesk {
  readonly desk: GuardDesk;
  readonly records: GuardRecords;
  readonly breakers: BreakerView[];
  readonly bulkheads: BulkheadView[];
  /** What the guards of this instance were told to go by, the last at the end. */
  readonly configured: Configured[];
  readonly reported: { readonly error: unknown; readonly context: string }[];
}

export type Configured = { readonly breakers: Given<'breakers'> } | { readonly bulkheads: Given<'bulkheads'> };
type Given<Guard extends 'breakers' | 'bulkheads'> = Parameters<GuardDeskNeeds[Guard]['configure']>[0];

export function aGuardDesk(clock: Clock, more: Partial<GuardDeskNeeds> = {}): HeldDesk {
  const records = more.records ?? createMemoryGuardRecords();
  const breakers: BreakerView[] = [];
  const bulkheads: BulkheadView[] = [];
  const configured: Configured[] = [];
  const reported: HeldDesk['reported'][number][] = [];
  const desk = createGuardDesk({
    clock,
    records,
    breakers: { views: () => breakers, configure: (given) => void configured.push({ breakers: given }) },
    bulkheads: { views: () => bulkheads, configure: (given) => void configured.push({ bulkheads: given }) },
    modes: { view: { mode: 'shared', since: clock.now() } },
    events: { guardCounters: () => [] },
    report: (error, context) => void reported.push({ error, context }),
    ...more,
  });
  return { desk, records, breakers, bulkheads, configured, reported };
}

export function aBreaker(name: string, more: Partial<BreakerView> = {}): BreakerView {
  const state = { state: 'closed', own: 'closed', scope: 'fleet', because: 'it was never open' } as const;
  const counts = { calls: 0, failures: 0, slow: 0 };
  return { name, ...state, version: 0, ...counts, rules: defaultBreakerRules, revision: 0, ...more };
}

export function aBulkhead(name: string, more: Partial<BulkheadView> = {}): BulkheadView {
  const here = { inUse: 0, kept: 0, waiting: { critical: 0, high: 0, normal: 0, low: 0 } };
  return { name, limit: 10, queueMost: 100, inUse: 0, depth: 0, here, revision: 0, ...more };
}
