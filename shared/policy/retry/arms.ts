import type { FailureKind } from './failure-kind.ts';
import { defaultRetryPolicy, type RetryPolicy } from './policy.ts';

/**
 * What `adaptive` chooses among: ordinary strategies over the policy's own `delay` and `maxDelay`. Few, since each has to be tried, and
 * apart, so that what is learned of one says little of another.
 */
export const arms = ['immediate', 'fixed', 'linear', 'exponential', 'fibonacci', 'patient'] as const;
export type Arm = (typeof arms)[number];

/** `patient` waits for long from the first retry on, as is right for what will not be over soon. */
export function armPolicy({ strategy: _, delay, maxDelay, ...rest }: RetryPolicy, arm: Arm): RetryPolicy {
  const least = { delay: delay ?? defaultRetryPolicy.delay };
  const most = { maxDelay: maxDelay ?? Math.max(defaultRetryPolicy.maxDelay, least.delay) };
  switch (arm) {
    case 'immediate':
      return { ...rest, strategy: 'immediate', jitter: 'none' };
    case 'fixed':
      return { ...rest, ...least, strategy: 'fixed', jitter: 'equal' };
    case 'linear':
    case 'exponential':
    case 'fibonacci':
      return { ...rest, ...least, ...most, strategy: arm, jitter: 'full' };
    case 'patient':
      return { ...rest, ...most, delay: most.maxDelay, strategy: 'fixed', jitter: 'equal' };
  }
}

/** What was chosen with a node's first failure, and what that failure was taken for. */
export interface Trial {
  readonly arm: Arm;
  readonly kind: FailureKind;
}

/** A choice, from whoever makes the event of that failure. `because` is for the audit. */
export interface Advice extends Trial {
  readonly because: string;
}

/** A policy that makes delays, and how it came to be it. */
export interface Armed {
  readonly policy: RetryPolicy;
  readonly arm?: Arm;
  readonly because?: string;
}

/** An arm is chosen with a node's first failure and kept until it settles, so that its end says something of that arm. */
export function armed(policy: RetryPolicy, kept: Arm | undefined, advice: Advice | undefined): Armed {
  if (policy.strategy !== 'adaptive') return { policy };
  const take = (arm: Arm, because: string): Armed => ({ policy: armPolicy(policy, arm), arm, because });
  if (policy.frozen !== undefined && policy.frozen !== true)
    return take(policy.frozen, `adaptive is frozen to ${policy.frozen}`);
  if (kept) return take(kept, `adaptive keeps ${kept}`);
  if (advice) return take(advice.arm, advice.because);
  const { arm: _, ...fallback } = take('exponential', 'adaptive without advice');
  return fallback;
}
