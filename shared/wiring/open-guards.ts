import { createMemoryTargetCounts } from '../adapters/memory/target-counts.ts';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/id.ts';
import type { Random } from '../core/random.ts';
import { type Bulkheads, createBulkheads } from '../engine/guards/bulkheads.ts';
import { type CreateGuard, guardCreator } from '../engine/guards/create-guard.ts';
import { createFleetBreakers, type FleetBreakers } from '../engine/guards/fleet-breakers.ts';
import { createGuardDesk, type GuardDesk } from '../engine/guards/guard-desk.ts';
import { createGuardEvents } from '../engine/guards/guard-events.ts';
import { sendToTopic } from '../engine/guards/guard-events-topic.ts';
import { createGuardModes } from '../engine/guards/mode.ts';
import { createPools } from '../engine/guards/pools.ts';
import { createRateLimits, type RateLimits } from '../engine/guards/rate-limits.ts';
import { createTimers, type Timers } from '../engine/guards/timers.ts';
import type { EngineGuards } from '../engine/parts.ts';
import { createRetryBudget } from '../engine/retry-budget.ts';
import { type BreakerRules, defaultBreakerRules, resolveBreakerSpec } from '../policy/breaker/index.ts';
import { defaultBudgetRules } from '../policy/budget/index.ts';
import { defaultBulkheadRules } from '../policy/bulkhead/index.ts';
import type { GuardRecords, TargetCounts, TopicPublisher } from '../ports/index.ts';
import type { GuardsFile } from './guards-file.ts';
import { offerGuards, withdrawGuards } from './guards-here.ts';
import { type HotStores, noHotStores } from './hot-stores.ts';

export interface GuardsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly records: GuardRecords;
  /** What the fleet counts of retries; each instance counts for itself without it. */
  readonly counts?: TargetCounts;
  /** What is shared and hot; each instance is alone without it. */
  readonly hot?: HotStores;
  readonly file: GuardsFile;
  /** Where events go. */
  readonly topics: TopicPublisher;
  /** In one process nobody need listen to them. */
  readonly mayBeUnheard: boolean;
  report(error: unknown, context: string): void;
}

/** All guards of this process. */
export interface OpenGuards {
  readonly breakers: FleetBreakers;
  readonly bulkheads: Bulkheads;
  readonly rateLimits: RateLimits;
  readonly timers: Timers;
  readonly guard: CreateGuard;
  readonly desk: GuardDesk;
  readonly engine: EngineGuards;
  /** What the fleet knows has been heard, or waited for in vain for a second. */
  ready(): Promise<void>;
  /** Sends what waits to be told. */
  flush(): Promise<void>;
  /** Gives back what is held and tells what is still to be told. */
  close(): Promise<void>;
}

export function openGuards(parts: GuardsParts): OpenGuards {
  const { clock, random, records, file, hot = noHotStores, report } = parts;
  const { states, permits, buckets } = hot;
  const instance = `instance-${newId(clock.now(), random)}`;
  const presets = { breakerPresets: file.breakerPresets, bulkheadPresets: file.bulkheadPresets };
  const timers = createTimers(clock);
  const send = sendToTopic(parts.topics, instance, { mayBeUnheard: parts.mayBeUnheard });
  const events = createGuardEvents({ clock, send, report });
  const { tell } = events;
  const modes = createGuardModes({ clock, hasHot: states !== undefined, hasRecords: true, tell });
  const common = { clock, random, instance, modes, report, tell, timers };
  const rules = rulesOfFile(file);
  const breakers = createFleetBreakers({
    ...common,
    ...(states && { states }),
    records,
    rulesOf: rules.breaker,
    presets: presets.breakerPresets,
  });
  const bulkheads = createBulkheads({
    ...common,
    ...(permits && { permits }),
    rulesOf: () => defaultBulkheadRules,
    presets: presets.bulkheadPresets,
  });
  for (const name of Object.keys(file.bulkheadPresets)) bulkheads.bulkhead(name, { preset: name });
  for (const [name, spec] of Object.entries(file.bulkheads)) bulkheads.bulkhead(name, spec);
  const rateLimits = createRateLimits({
    clock,
    timers,
    tell,
    instances: () => breakers.instances,
    ...(buckets && { buckets }),
  });
  const { counts = createMemoryTargetCounts() } = parts;
  const budget = createRetryBudget({ clock, random, counts, rules: defaultBudgetRules, report });
  const desk = createGuardDesk({
    ...common,
    ...presets,
    records,
    ...(states && { states }),
    ...(permits && { permits }),
    breakers,
    bulkheads,
    events,
  });
  const known = () => void desk.news.refreshWhenOld();
  const guard = guardCreator({ clock, random, timers, breakers, bulkheads, rateLimits, budget });
  const here = { breaker: breakers.breaker, bulkhead: bulkheads.bulkhead, guard };
  offerGuards(here);
  return {
    breakers,
    bulkheads,
    rateLimits,
    timers,
    guard,
    desk,
    engine: {
      breakers,
      isForAll(target) {
        known();
        return rules.isConfigured(target) || breakers.isDecided(target);
      },
      pools: createPools({ bulkheads, configured: () => desk.news.known.bulkheads, clock, random }),
    },
    async ready() {
      await Promise.all([breakers.ready(), desk.news.refreshWhenOld()]);
    },
    flush: () => events.flush(),
    async close() {
      withdrawGuards(here);
      timers.close();
      await bulkheads.close();
      await breakers.close();
      await events.close();
      await hot.close();
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
