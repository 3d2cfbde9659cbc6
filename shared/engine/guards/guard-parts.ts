import type { PriorityClass } from '../../policy/bulkhead/index.ts';
import type { RetryPolicy } from '../../policy/retry/index.ts';
import type { RetryBudget } from '../retry-budget.ts';
import type { BreakerHandle } from './breaker-handle.ts';
import type { BulkheadHandle } from './bulkhead-handle.ts';
import type { Work } from './call-under-way.ts';
import type { Fallback } from './fall-back.ts';
import type { Hedge } from './hedge-call.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Guarded } from './refusal.ts';

/** What one call wants, beside its work. */
export interface Asked {
  /** When the caller's time is over, in milliseconds since the epoch. The guard's own `deadline` may come sooner. */
  readonly deadlineAt?: number;
  /** Aborted when the caller wants no answer any more. */
  readonly signal?: AbortSignal;
  /** Who waits for a bulkhead is ordered by these. */
  readonly priority?: PriorityClass;
  readonly tenant?: string;
}

/** What a guard is made of; what is absent costs a call nothing. Durations are milliseconds. */
export interface GuardParts<Fallen> {
  readonly deadlineMs?: number | undefined;
  readonly rateLimit?: RateLimit | undefined;
  readonly bulkhead?: BulkheadHandle | undefined;
  readonly breaker?: BreakerHandle | undefined;
  readonly hedge?: Hedge | undefined;
  readonly timeoutMs?: number | undefined;
  readonly retry?: { readonly policy: RetryPolicy; readonly budget: RetryBudget } | undefined;
  readonly fallback?: Fallback<Fallen> | undefined;
}

/** What is known of a call before it is made. */
export interface Frame {
  readonly attempt: number;
  readonly deadlineAt: number;
  readonly asked: Asked;
  /** When the clock was looked at last: anew after each wait, and not before, since looking costs. */
  at: number;
}

/** One step of a guarded call, on its way in. */
export type Step = <Value>(work: Work<Value>, frame: Frame) => Promise<Guarded<Value>>;
