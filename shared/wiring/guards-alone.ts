import { createMachineClock } from '../adapters/machine/clock.ts';
import { machineRandom } from '../adapters/machine/random.ts';
import { createMemoryTargetCounts } from '../adapters/memory/target-counts.ts';
import { createBulkheads } from '../engine/guards/bulkheads.ts';
import { guardCreator } from '../engine/guards/create-guard.ts';
import { createFleetBreakers } from '../engine/guards/fleet-breakers.ts';
import { createRateLimits } from '../engine/guards/rate-limits.ts';
import { createTimers } from '../engine/guards/timers.ts';
import { createRetryBudget } from '../engine/retry-budget.ts';
import { defaultBreakerRules } from '../policy/breaker/index.ts';
import { defaultBudgetRules } from '../policy/budget/index.ts';
import { defaultBulkheadRules } from '../policy/bulkhead/index.ts';
import type { GuardsHere } from './guards-here.ts';

/** The guards of a process without an engine: it shares with nobody, needs nothing to be set up, and does not stay alive for them. */
export function createGuardsAlone(): GuardsHere {
  const clock = createMachineClock(undefined, false);
  const timers = createTimers(clock);
  // Nothing is read or told that could fail.
  const quiet = { report: () => {}, tell: () => {} };
  const common = { clock, random: machineRandom, timers, instance: 'this process', ...quiet };
  const breakers = createFleetBreakers({ ...common, rulesOf: () => defaultBreakerRules });
  const bulkheads = createBulkheads({ ...common, rulesOf: () => defaultBulkheadRules });
  const rateLimits = createRateLimits(common);
  const budget = createRetryBudget({ ...common, counts: createMemoryTargetCounts(), rules: defaultBudgetRules });
  // A pause between two attempts of a call is waited for, even where nothing else goes on.
  const calls = { ...common, clock: { now: clock.now, sleep: createMachineClock().sleep } };
  const guard = guardCreator({ ...calls, breakers, bulkheads, rateLimits, budget });
  return { breaker: breakers.breaker, bulkhead: bulkheads.bulkhead, guard };
}
