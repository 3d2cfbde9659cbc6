import { createMemoryTargetCounts } from '../../../../shared/adapters/memory/target-counts.ts';
import { CodedError } from '../../../../shared/core/error.ts';
import { seededRandom } from '../../../../shared/core/random.ts';
import { createBulkheads } from '../../../../shared/engine/guards/bulkheads.ts';
import { guardCreator } from '../../../../shared/engine/guards/create-guard.ts';
import { createFleetBreakers } from '../../../../shared/engine/guards/fleet-breakers.ts';
import { createRateLimits } from '../../../../shared/engine/guards/rate-limits.ts';
import { createTimers } from '../../../../shared/engine/guards/timers.ts';
import { createRetryBudget } from '../../../../shared/engine/retry-budget.ts';
import { defaultBreakerRules } from '../../../../shared/policy/breaker/index.ts';
import { defaultBudgetRules } from '../../../../shared/policy/budget/index.ts';
import { defaultBulkheadRules } from '../../../../shared/policy/bulkhead/index.ts';
import { handClock } from '../../../support/hand-clock.ts';

export interface AmplificationGiven {
  readonly instances: number;
  /** First calls a second, of all instances together. */
  readonly perSecond: number;
  readonly seconds: number;
}

export interface AmplificationFound {
  /** Calls for each first call: of the whole outage, and without its first ten seconds. */
  readonly whole: number;
  readonly later: number;
}

/** Every call fails, and every instance would try each again three times; a clock is moved. No breaker: the budget is all that holds back. */
export async function measure({ instances, perSecond, seconds }: AmplificationGiven): Promise<AmplificationFound> {
  const clock = handClock();
  const counts = createMemoryTargetCounts();
  const guards = Array.from({ length: instances }, (_, at) => guardOf(clock, counts, at));
  const made: [seconds: number, isFirst: boolean][] = [];
  for (let second = 0; second < seconds; second++)
    for (let call = 0; call < perSecond; call++) {
      guards[call % instances]!(async ({ attempt }) => {
        made.push([second, attempt === 1]);
        throw new CodedError('busy', 'the target is out');
      }).catch(() => {});
      if (call % instances === instances - 1) await clock.advance((1_000 * instances) / perSecond);
    }
  return { whole: callsPerFirst(made, 0), later: callsPerFirst(made, 10) };
}

function callsPerFirst(made: readonly [seconds: number, isFirst: boolean][], from: number): number {
  const within = made.filter(([second]) => second >= from);
  return within.length / within.filter(([, isFirst]) => isFirst).length;
}

function guardOf(clock: ReturnType<typeof handClock>, counts: ReturnType<typeof createMemoryTargetCounts>, at: number) {
  const common = { clock, random: seededRandom(at + 1), timers: createTimers(clock), instance: `i${at}`, report, tell };
  const budget = createRetryBudget({ ...common, counts, rules: defaultBudgetRules });
  const breakers = createFleetBreakers({ ...common, rulesOf: () => defaultBreakerRules });
  const bulkheads = createBulkheads({ ...common, rulesOf: () => defaultBulkheadRules });
  const guard = guardCreator({ ...common, budget, breakers, bulkheads, rateLimits: createRateLimits(common) });
  return guard('target', { retry: { strategy: 'exponential', delay: '100ms', maxAttempts: 4 } });
}

const report = () => {};
const tell = () => {};
