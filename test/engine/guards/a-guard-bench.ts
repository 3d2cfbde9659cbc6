import { createMemoryTargetCounts } from '../../../shared/adapters/memory/target-counts.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { createBulkheads } from '../../../shared/engine/guards/bulkheads.ts';
import { guardCreator } from '../../../shared/engine/guards/create-guard.ts';
import { createFleetBreakers } from '../../../shared/engine/guards/fleet-breakers.ts';
import { createRateLimits } from '../../../shared/engine/guards/rate-limits.ts';
import { createTimers } from '../../../shared/engine/guards/timers.ts';
import { createRetryBudget } from '../../../shared/engine/retry-budget.ts';
import { defaultBreakerRules } from '../../../shared/policy/breaker/index.ts';
import { defaultBulkheadRules } from '../../../shared/policy/bulkhead/index.ts';
import { handClock } from '../../support/hand-clock.ts';

/** The real guards of one process without a store, and a clock that the test moves. */
export function aGuardBench(seed = 1) {
  const clock = handClock(1_000_000);
  const random = seededRandom(seed);
  const timers = createTimers(clock);
  const events: unknown[] = [];
  const tell = (event: unknown) => void events.push(event);
  const report = (error: unknown, context: string) => {
    throw new Error(context, { cause: error });
  };
  const breakers = createFleetBreakers({
    clock,
    random,
    instance: 'one',
    rulesOf: () => defaultBreakerRules,
    report,
    tell,
  });
  const bulkheads = createBulkheads({
    clock,
    timers,
    instance: 'one',
    rulesOf: () => defaultBulkheadRules,
    tell,
    report,
  });
  const rateLimits = createRateLimits({ clock, timers, tell });
  const counts = createMemoryTargetCounts();
  const budget = createRetryBudget({ clock, random, counts, rules: { share: 0.2, floor: 10 }, report });
  const guard = guardCreator({ clock, random, timers, breakers, bulkheads, rateLimits, budget });
  return { clock, random, timers, breakers, bulkheads, rateLimits, budget, guard, events };
}
