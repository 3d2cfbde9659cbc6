import { createMemoryTargetCounts } from '../adapters/memory/target-counts.ts';
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { type Bulkheads, createBulkheads } from '../engine/guards/bulkheads.ts';
import { type CreateGuard, guardCreator } from '../engine/guards/create-guard.ts';
import { createFleetBreakers, type FleetBreakers } from '../engine/guards/fleet-breakers.ts';
import type { TellGuardEvent } from '../engine/guards/guard-events.ts';
import type { GuardModes } from '../engine/guards/mode.ts';
import { createRateLimits, type RateLimits } from '../engine/guards/rate-limits.ts';
import { createTimers, type Timers } from '../engine/guards/timers.ts';
import { createRetryBudget } from '../engine/retry-budget.ts';
import { type BreakerRules, defaultBreakerRules, resolveBreakerSpec } from '../policy/breaker/index.ts';
import { defaultBudgetRules } from '../policy/budget/index.ts';
import { defaultBulkheadRules } from '../policy/bulkhead/index.ts';
import type { GuardRecords, TargetCounts } from '../ports/index.ts';
import type { GuardsFile } from './guards-file.ts';
import type { HotStores } from './hot-stores.ts';

export interface GuardSetParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Its name among the fleet's; no other has it. */
  readonly instance: string;
  readonly modes: GuardModes;
  readonly hot: HotStores;
  /** Absent where nothing is kept for good. */
  readonly records?: GuardRecords;
  /** What the fleet counts of retries; each instance counts for itself without it. */
  readonly counts?: TargetCounts;
  readonly file: GuardsFile;
  readonly tell: TellGuardEvent;
  report(error: unknown, context: string): void;
}

/** The guards of a process, made for each other: one timer wheel, one mode, one name among the fleet's. */
export interface GuardSet {
  readonly breakers: FleetBreakers;
  readonly bulkheads: Bulkheads;
  readonly rateLimits: RateLimits;
  readonly timers: Timers;
  readonly guard: CreateGuard;
  /** The file says something of this target. */
  isConfigured(target: string): boolean;
  /** Gives back what is held and tells what is still to be told. The hot stores are left open. */
  close(): Promise<void>;
}

export function createGuardSet(parts: GuardSetParts): GuardSet {
  const { clock, random, file, tell, report } = parts;
  const { states, permits, buckets } = parts.hot;
  const timers = createTimers(clock);
  const common = { clock, random, instance: parts.instance, modes: parts.modes, report, tell, timers };
  const rules = rulesOfFile(file);
  const breakers = createFleetBreakers({
    ...common,
    ...(states && { states }),
    ...(parts.records && { records: parts.records }),
    rulesOf: rules.breaker,
    presets: file.breakerPresets,
  });
  const bulkheads = createBulkheads({
    ...common,
    ...(permits && { permits }),
    ...(file.instances !== undefined && { instancesAssumed: file.instances }),
    rulesOf: () => defaultBulkheadRules,
    presets: file.bulkheadPresets,
  });
  for (const name of Object.keys(file.bulkheadPresets)) bulkheads.bulkhead(name, { preset: name });
  for (const [name, spec] of Object.entries(file.bulkheads)) bulkheads.bulkhead(name, spec);
  const instances = () => breakers.instances;
  const rateLimits = createRateLimits({ clock, timers, tell, instances, ...(buckets && { buckets }) });
  const { counts = createMemoryTargetCounts() } = parts;
  const budget = createRetryBudget({ clock, random, counts, rules: defaultBudgetRules, report });
  return {
    breakers,
    bulkheads,
    rateLimits,
    timers,
    guard: guardCreator({ clock, random, timers, breakers, bulkheads, rateLimits, budget }),
    isConfigured: rules.isConfigured,
    async close() {
      timers.close();
      await bulkheads.close();
      await breakers.close();
    },
  };
}

/** A name goes before a beginning, and a longer beginning before a shorter one. */
function rulesOfFile({ breakers, breakerPresets }: GuardsFile): {
  breaker(name: string): BreakerRules;
  isConfigured(name: string): boolean;
} {
  const exact = new Map<string, BreakerRules>();
  const beginnings: { readonly start: string; readonly rules: BreakerRules }[] = [];
  for (const [name, spec] of Object.entries(breakers)) {
    const resolved = resolveBreakerSpec(spec, breakerPresets);
    const rules = resolved.kind === 'rules' ? resolved.rules : defaultBreakerRules;
    if (name.endsWith('*')) beginnings.push({ start: name.slice(0, -1), rules });
    else exact.set(name, rules);
  }
  beginnings.sort((one, other) => other.start.length - one.start.length);
  const find = (name: string) => exact.get(name) ?? beginnings.find(({ start }) => name.startsWith(start))?.rules;
  return { breaker: (name) => find(name) ?? defaultBreakerRules, isConfigured: (name) => find(name) !== undefined };
}
