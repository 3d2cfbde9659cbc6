import { createMachineClock } from '../../../../shared/adapters/machine/clock.ts';
import { machineRandom as random } from '../../../../shared/adapters/machine/random.ts';
import { createMemoryTargetCounts } from '../../../../shared/adapters/memory/target-counts.ts';
import { createRedisBreakerStates } from '../../../../shared/adapters/redis/breaker-states.ts';
import { openRedis } from '../../../../shared/adapters/redis/connect.ts';
import { createRedisPermits } from '../../../../shared/adapters/redis/permits.ts';
import { defineScript } from '../../../../shared/adapters/redis/scripts.ts';
import type { Clock } from '../../../../shared/core/clock.ts';
import type { Bulkheads } from '../../../../shared/engine/guards/bulkheads.ts';
import { createBulkheads } from '../../../../shared/engine/guards/bulkheads.ts';
import { type CreateGuard, guardCreator } from '../../../../shared/engine/guards/create-guard.ts';
import { createFleetBreakers, type FleetBreakers } from '../../../../shared/engine/guards/fleet-breakers.ts';
import type { TellGuardEvent } from '../../../../shared/engine/guards/guard-events.ts';
import { createGuardModes } from '../../../../shared/engine/guards/mode.ts';
import { createRateLimits } from '../../../../shared/engine/guards/rate-limits.ts';
import { createTimers } from '../../../../shared/engine/guards/timers.ts';
import { createRetryBudget } from '../../../../shared/engine/retry-budget.ts';
import { defaultBudgetRules } from '../../../../shared/policy/budget/index.ts';
import { defaultBulkheadRules } from '../../../../shared/policy/bulkhead/index.ts';
import type { GuardRecords } from '../../../../shared/ports/index.ts';
import { ownRules } from './own-rules.ts';

/** One instance of a fleet with the guards of this project, as the wiring puts them together. */
export interface OwnInstance {
  readonly breaker: FleetBreakers['breaker'];
  readonly bulkhead: Bulkheads['bulkhead'];
  readonly guard: CreateGuard;
  /** As an operator does it. */
  reset(breaker: string): Promise<unknown>;
  /** To Redis and back. */
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

export interface OwnSetting {
  readonly clock?: Clock;
  readonly instance?: string;
  /** Absent where nothing is kept for good. */
  readonly records?: GuardRecords;
  readonly tell?: TellGuardEvent;
}

/** A store that has just begun gives no permits for one lease, and the stores of the bench have just begun. */
export const benchLeaseMs = 1_000;

let instances = 0;

/** Resolves when it knows what the fleet knows. */
export async function openOwn(url: string, setting: OwnSetting = {}): Promise<OwnInstance> {
  const { clock = createMachineClock(), records, tell = () => {} } = setting;
  const instance = setting.instance ?? `bench-${process.pid}-${++instances}`;
  const report = () => {};
  const link = openRedis({ url, clock, random, report });
  const states = createRedisBreakerStates({ link, clock, random });
  const timers = createTimers(clock);
  const common = { clock, random, instance, report, tell, timers };
  const modes = createGuardModes({ clock, hasHot: true, hasRecords: records !== undefined, tell });
  const kept = records && { records };
  const breakers = createFleetBreakers({ ...common, ...kept, states, modes, rulesOf: () => ownRules });
  const permits = createRedisPermits(link, clock);
  const bulkheads = createBulkheads({ ...common, permits, modes, rulesOf: () => defaultBulkheadRules });
  const budget = createRetryBudget({ ...common, counts: createMemoryTargetCounts(), rules: defaultBudgetRules });
  const rateLimits = createRateLimits(common);
  await breakers.ready();
  return {
    breaker: breakers.breaker,
    bulkhead: bulkheads.bulkhead,
    guard: guardCreator({ ...common, breakers, bulkheads, budget, rateLimits }),
    reset: (name) => states.override(name, undefined, true),
    ping: () => link.run(nothing, [], []),
    async close() {
      await Promise.all([breakers.close(), bulkheads.close()]);
      await link.close();
    },
  };
}

const nothing = defineScript('return 1');
