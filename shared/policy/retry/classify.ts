import { type Failure, statusOf } from './failure.ts';
import { knownRetryable } from './failure-table.ts';
import { defaultRetryPolicy, type RetryPolicy, type RetryRule, type StatusClass } from './policy.ts';

/** Whether another attempt makes sense at all, whatever their number. */
export type FailureClass =
  | { readonly kind: 'retryable'; readonly rule?: FittingRule }
  | { readonly kind: 'final'; readonly because: 'nonRetryable' | 'finalByRule' | 'finalAsUnknown' };

export interface FittingRule {
  readonly place: number;
  readonly delayMs?: number;
}

/**
 * Who knows more is heard first: the policy's rules, which were written for this very node and overrule even a failure that says it
 * is final; its `nonRetryable`; the failure itself; the table of what is known; and of what nobody knows the policy's `unknown`.
 */
export function classifyFailure(policy: RetryPolicy, failure: Failure): FailureClass {
  const place = policy.rules?.findIndex((rule) => fits(rule, failure)) ?? -1;
  if (place >= 0) return classOfRule(policy.rules![place]!, place);
  if (policy.nonRetryable?.includes(failure.code)) return { kind: 'final', because: 'nonRetryable' };
  const known = failure.retryable ?? knownRetryable(failure);
  if (known !== undefined) return known ? { kind: 'retryable' } : { kind: 'final', because: 'nonRetryable' };
  const unknown = policy.unknown ?? defaultRetryPolicy.unknown;
  return unknown === 'retry' ? { kind: 'retryable' } : { kind: 'final', because: 'finalAsUnknown' };
}

function classOfRule({ retry, delay }: RetryRule, place: number): FailureClass {
  if (!retry) return { kind: 'final', because: 'finalByRule' };
  return { kind: 'retryable', rule: { place, ...(delay !== undefined && { delayMs: delay }) } };
}

function fits({ on }: RetryRule, failure: Failure): boolean {
  if (on.code && !on.code.includes(failure.code)) return false;
  if (on.name && !on.name.includes(failure.name ?? failure.code)) return false;
  return !on.status || fitsStatus(on.status, statusOf(failure));
}

function fitsStatus(wanted: readonly (number | StatusClass)[], status: number | undefined): boolean {
  if (status === undefined) return false;
  return wanted.some((each) => each === status || each === `${Math.floor(status / 100)}xx`);
}
