import { type Advice, type Arm, armed } from './arms.ts';
import { classifyFailure, type FittingRule } from './classify.ts';
import { type StrategyDelay, strategyDelay } from './delay.ts';
import type { Failure } from './failure.ts';
import { defaultRetryPolicy, jitterOf, type RetryPolicy, strategyOf } from './policy.ts';
import { heedTarget } from './retry-after.ts';

/** `because` is for the audit: short, and always in the same form. */
export type RetryVerdict =
  | {
      readonly kind: 'retry';
      readonly delayMs: number;
      readonly because: string;
      /** Of `decorrelated`: what the next delay goes on from. */
      readonly lastDelayMs?: number;
      /** Of `adaptive`: the strategy that is tried now. */
      readonly arm?: Arm;
    }
  | { readonly kind: 'giveUp'; readonly because: GiveUp };

export type GiveUp =
  | 'nonRetryable'
  | 'finalByRule'
  | 'finalAsUnknown'
  | 'attemptsExhausted'
  | 'leaseLossesExhausted'
  | 'elapsedExhausted'
  | 'retryAfterTooLong';

export interface RetryHistory {
  /** Attempts that failed by themselves, this one included. */
  readonly failures: number;
  /** Attempts whose lease was lost, this one included. */
  readonly leaseLosses: number;
  /** What its executor did, where the failure says nothing of the target: it died, or its message never reached one. */
  readonly executor?: 'lost' | 'unreached';
  /** Since the node first started; 0 when it never did. */
  readonly elapsedMs: number;
  readonly lastDelayMs?: number;
  /** Of `circuit_breaker`: how long the target's breaker lets nobody through. */
  readonly closedOffMs?: number;
  /** Of `adaptive`: the strategy that was chosen when the node first failed. */
  readonly arm?: Arm;
  /** Of `adaptive`: what to choose now, when none was. */
  readonly advice?: Advice;
}

/** `chance` is uniform in [0, 1). */
export function decideRetry(
  policy: RetryPolicy,
  failure: Failure,
  history: RetryHistory,
  chance: number,
): RetryVerdict {
  const verdict = decideDelay(policy, failure, history, chance);
  if (verdict.kind === 'giveUp') return verdict;
  return history.elapsedMs + verdict.delayMs >= (policy.maxElapsed ?? Infinity) ? giveUp('elapsedExhausted') : verdict;
}

function decideDelay(policy: RetryPolicy, failure: Failure, history: RetryHistory, chance: number): RetryVerdict {
  const kind = classifyFailure(policy, failure);
  if (kind.kind === 'final') return giveUp(kind.because);
  if (history.executor) return decideWithoutTarget(policy, history, kind.rule?.delayMs ?? 0);
  const attempts = policy.maxAttempts ?? defaultRetryPolicy.maxAttempts;
  if (history.failures >= attempts) return giveUp('attemptsExhausted');
  const plan = planOf(policy, kind.rule, history, chance);
  const heeded = heedTarget(policy, failure, plan.delayMs, plan.hasJitter);
  if (heeded.kind === 'tooLong') return giveUp('retryAfterTooLong');
  const { delayMs, isLonger } = heeded;
  const bound = isLonger ? ', after retryAfter' : plan.isCut ? ', at maxDelay' : '';
  const chosen = plan.chosen === undefined ? '' : `, ${plan.chosen}`;
  const because = `retry ${history.failures} of ${attempts - 1} in ${Math.round(delayMs)} ms: ${plan.way}${bound}${chosen}`;
  return { kind: 'retry', delayMs, because, ...remembered(plan.lastDelayMs), ...(plan.arm && { arm: plan.arm }) };
}

/** What the policy has in mind before it hears the target. */
interface Plan extends StrategyDelay {
  readonly way: string;
  readonly hasJitter: boolean;
  readonly lastDelayMs?: number;
  /** Of `adaptive`. */
  readonly arm?: Arm;
  /** How `adaptive` came to it. */
  readonly chosen?: string;
}

/** A delay that a rule names is taken as it stands, and leaves the row of the strategy's delays as it was. */
function planOf(policy: RetryPolicy, rule: FittingRule | undefined, history: RetryHistory, chance: number): Plan {
  const { lastDelayMs } = history;
  if (rule?.delayMs !== undefined) {
    const way = `rules[${rule.place}]`;
    return { delayMs: rule.delayMs, isCut: false, way, hasJitter: false, ...remembered(lastDelayMs) };
  }
  const { policy: concrete, arm, because } = armed(policy, history.arm, history.advice);
  const choice = { ...(arm && { arm }), ...(because !== undefined && { chosen: because }) };
  return { ...behindBreaker(concrete, history, strategyPlan(concrete, history, chance)), ...choice };
}

/** The breaker's time has chance in it already, and no bound of the policy shortens it. */
function behindBreaker(policy: RetryPolicy, { closedOffMs = 0 }: RetryHistory, plan: Plan): Plan {
  if (strategyOf(policy) !== 'circuit_breaker' || closedOffMs <= plan.delayMs) return plan;
  return { delayMs: closedOffMs, isCut: false, way: 'circuit_breaker, the breaker is open', hasJitter: false };
}

function strategyPlan(policy: RetryPolicy, { failures, lastDelayMs }: RetryHistory, chance: number): Plan {
  const jitter = jitterOf(policy);
  const own = strategyDelay(policy, failures, chance, lastDelayMs);
  const last = jitter === 'decorrelated' ? own.delayMs : undefined;
  if (jitter === 'none') return { ...own, way: strategyOf(policy), hasJitter: false };
  return { ...own, way: `${strategyOf(policy)}, ${jitter} jitter`, hasJitter: true, ...remembered(last) };
}

function remembered(lastDelayMs: number | undefined): { readonly lastDelayMs?: number } {
  return lastDelayMs === undefined ? {} : { lastDelayMs };
}

/** There is no back-off: the lease, or the deliveries of the message, were the wait. What nobody began may begin in any case. */
function decideWithoutTarget(
  policy: RetryPolicy,
  { executor, leaseLosses, lastDelayMs }: RetryHistory,
  delayMs: number,
): RetryVerdict {
  const most = executor === 'unreached' ? deadLettersMost(policy) : leaseLossesMost(policy);
  if (leaseLosses > most) return giveUp('leaseLossesExhausted');
  const because = `lease loss ${leaseLosses} of ${most}, retry in ${Math.round(delayMs)} ms`;
  return { kind: 'retry', delayMs, because, ...remembered(lastDelayMs) };
}

function giveUp(because: GiveUp): RetryVerdict {
  return { kind: 'giveUp', because };
}

function deadLettersMost({ maxLeaseLosses }: RetryPolicy): number {
  return maxLeaseLosses ?? defaultRetryPolicy.maxLeaseLosses;
}

/** Who asks for one attempt asks for at most one execution. */
function leaseLossesMost({ maxLeaseLosses, maxAttempts }: RetryPolicy): number {
  return maxLeaseLosses ?? (maxAttempts === 1 ? 0 : defaultRetryPolicy.maxLeaseLosses);
}

/** Whether an attempt of which nobody knows how far it came may be made again at all. */
export function mayRunTwice(policy: RetryPolicy): boolean {
  return leaseLossesMost(policy) > 0;
}
