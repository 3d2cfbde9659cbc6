import { type BreakerSpec, defaultBreakerRules, inForce, resolveBreakerSpec } from '../../policy/breaker/index.ts';
import { type BulkheadSpec, defaultBulkheadRules, resolveBulkheadSpec } from '../../policy/bulkhead/index.ts';
import type { FleetBreaker, GuardRecord, PoolUse } from '../../ports/index.ts';
import type { BreakerView, BulkheadView } from './guards.ts';

/**
 * Guards as this instance has them, with what it has not heard of them: what the hot store said just now, and what operators decided. By name.
 */
export function breakerViews(
  here: readonly BreakerView[],
  hot: readonly FleetBreaker[],
  records: readonly GuardRecord<BreakerSpec>[],
  presets: Parameters<typeof resolveBreakerSpec>[1],
  now: number,
): readonly BreakerView[] {
  const views = new Map(here.map((view) => [view.name, view]));
  for (const record of records) {
    const view = views.get(record.name) ?? unheardBreaker(record.name);
    if (view.revision >= record.revision) continue;
    const resolved = record.spec ? resolveBreakerSpec(record.spec, presets) : undefined;
    const rules = resolved?.kind === 'rules' ? { rules: resolved.rules } : {};
    views.set(record.name, decided({ ...view, ...rules }, record, now));
  }
  for (const fleet of hot) {
    const view = views.get(fleet.name) ?? unheardBreaker(fleet.name);
    if (fleet.version > view.version) views.set(fleet.name, heard(view, fleet, now));
  }
  return [...views.values()].sort(byName);
}

export function bulkheadViews(
  here: readonly BulkheadView[],
  hot: readonly PoolUse[],
  records: readonly GuardRecord<BulkheadSpec>[],
  presets: Parameters<typeof resolveBulkheadSpec>[1],
): readonly BulkheadView[] {
  const views = new Map(here.map((view) => [view.name, view]));
  for (const record of records) {
    if (!record.spec && !views.has(record.name)) continue;
    const { spec: _, ...view } = views.get(record.name) ?? unheardBulkhead(record.name);
    if (view.revision >= record.revision) continue;
    const resolved = record.spec ? resolveBulkheadSpec(record.spec, presets) : undefined;
    const { limit, queueMost } = resolved?.kind === 'rules' ? resolved.rules : view;
    const said = record.spec ? { spec: record.spec } : {};
    views.set(record.name, { ...view, limit, queueMost, ...said, revision: record.revision });
  }
  for (const { pool, inUse, depth, limit, queueMost } of hot) {
    const view = views.get(pool) ?? { ...unheardBulkhead(pool), limit, queueMost };
    views.set(pool, { ...view, inUse, depth });
  }
  return [...views.values()].sort(byName);
}

function decided(view: BreakerView, record: GuardRecord<BreakerSpec>, now: number): BreakerView {
  const { override: _, spec: __, ...rest } = view;
  const override = inForce(record.override, now);
  return {
    ...rest,
    state: override?.kind ?? view.own,
    ...(override && { override, because: override.reason }),
    ...(record.spec && { spec: record.spec }),
    revision: record.revision,
  };
}

function heard(view: BreakerView, fleet: FleetBreaker, now: number): BreakerView {
  const { retryAt: _, ...rest } = view;
  const { state, version, because, openForMs } = fleet;
  const override = view.override ?? fleet.override;
  return {
    ...rest,
    own: state,
    state: override?.kind ?? state,
    scope: 'fleet',
    because: override?.reason ?? because,
    version,
    ...(override && { override }),
    ...(state === 'open' && openForMs !== undefined && { retryAt: now + openForMs }),
  };
}

export function unheardBreaker(name: string): BreakerView {
  const state = { state: 'closed', own: 'closed', scope: 'fleet', because: 'nobody has called it here' } as const;
  return { name, ...state, version: 0, calls: 0, failures: 0, slow: 0, rules: defaultBreakerRules, revision: 0 };
}

/** What the engine has by default. */
export function unheardBulkhead(name: string): BulkheadView {
  const { limit, queueMost } = defaultBulkheadRules;
  const here = { inUse: 0, kept: 0, waiting: { critical: 0, high: 0, normal: 0, low: 0 } };
  return { name, limit, queueMost, inUse: 0, depth: 0, here, revision: 0 };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
