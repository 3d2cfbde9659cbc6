import { CodedError } from '../../core/error.ts';
import { parseRetryPolicy } from '../../jobs/document/index.ts';
import { hedgeRules } from '../../policy/hedge/index.ts';
import type { RetryPolicy } from '../../policy/retry/index.ts';
import type { RetryBudget } from '../retry-budget.ts';
import type { BreakerHandle } from './breaker-handle.ts';
import type { BulkheadHandle } from './bulkhead-handle.ts';
import type { Bulkheads } from './bulkheads.ts';
import { type ComposeNeeds, compose, type Guard } from './compose.ts';
import type { FleetBreakers } from './fleet-breakers.ts';
import { type GuardOptions, guardFaults, type RetryWish, spanMs } from './guard-options.ts';
import type { GuardParts } from './guard-parts.ts';
import { createHedge } from './hedge-call.ts';
import type { RateLimits } from './rate-limits.ts';

export interface GuardNeeds extends ComposeNeeds {
  readonly rateLimits: RateLimits;
  readonly bulkheads: Pick<Bulkheads, 'bulkhead'>;
  readonly breakers: Pick<FleetBreakers, 'breaker'>;
  readonly budget: RetryBudget;
}

/** Puts guards around calls. What is shared by the fleet goes by the guard's name: two guards of one name have one breaker, one bulkhead, one rate. */
export interface CreateGuard {
  /** Throws a CodedError `guard_invalid` that names every fault. */
  <Fallen = never>(name: string, options: GuardOptions<Fallen>): Guard<Fallen>;
  /** Without a name nothing in it can be the fleet's, but what has a name itself. */
  <Fallen = never>(options: GuardOptions<Fallen>): Guard<Fallen>;
}

export function guardCreator(needs: GuardNeeds): CreateGuard {
  let unnamed = 0;

  function make<Fallen>(name: string | undefined, options: GuardOptions<Fallen>): Guard<Fallen> {
    refuseFaults(name, options);
    const called = name ?? `guard ${++unnamed}`;
    return compose(called, partsOf(called, options, needs), needs);
  }

  return <Fallen>(first: string | GuardOptions<Fallen>, second: GuardOptions<Fallen> = {}) =>
    typeof first === 'string' ? make(first, second) : make(undefined, first);
}

/** Throws a CodedError `guard_invalid` that names every fault. */
export function refuseFaults(name: string | undefined, options: GuardOptions<unknown>): void {
  const faults = guardFaults(name, options);
  if (faults.length === 0) return;
  const told = faults.map(({ path, message }) => `\`${path}\` ${message}`).join('; ');
  throw new CodedError('guard_invalid', `guard${name === undefined ? '' : ` \`${name}\``} can't be made: ${told}`);
}

function partsOf<Fallen>(name: string, options: GuardOptions<Fallen>, needs: GuardNeeds): GuardParts<Fallen> {
  const { deadline, rateLimit, timeout, hedge, retry, fallback } = options;
  const breaker = breakerOf(name, options.breaker, needs);
  const { clock, timers, budget } = needs;
  const hedged = hedge && {
    now: () => clock.now(),
    timers,
    rules: hedgeRules(hedge),
    mayCall: () => budget.ask(name).kind === 'granted',
    begun: () => (retry ? undefined : budget.countFirst(name)),
  };
  return {
    deadlineMs: deadline === undefined ? undefined : spanMs(deadline),
    rateLimit: rateLimit && needs.rateLimits.limit(name, rateLimit),
    bulkhead: bulkheadOf(name, options.bulkhead, needs),
    breaker,
    hedge: hedged && createHedge(hedged),
    timeoutMs: timeout === undefined ? breaker?.view().rules.timeoutMs : spanMs(timeout),
    retry: retry && { policy: policyOf(retry), budget },
    fallback,
  };
}

function breakerOf(
  name: string,
  said: GuardOptions<unknown>['breaker'],
  { breakers }: GuardNeeds,
): BreakerHandle | undefined {
  if (said === undefined) return undefined;
  if (typeof said === 'string') return breakers.breaker(said);
  return 'run' in said ? said : breakers.breaker(name, said);
}

function bulkheadOf(
  name: string,
  said: GuardOptions<unknown>['bulkhead'],
  { bulkheads }: GuardNeeds,
): BulkheadHandle | undefined {
  if (said === undefined) return undefined;
  if (typeof said === 'string') return bulkheads.bulkhead(said);
  return 'run' in said ? said : bulkheads.bulkhead(name, said);
}

/** Of a wish that was found sound. */
function policyOf(wish: RetryWish | true): RetryPolicy {
  if (wish === true) return {};
  const parsed = parseRetryPolicy(wish);
  return parsed.kind === 'policy' ? (parsed.policy as RetryPolicy) : {};
}
