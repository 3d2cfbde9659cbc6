import type { BulkheadPermit } from './bulkhead-permit.ts';
import type { BulkheadRejection } from './bulkhead-rejection.ts';
import type { BulkheadView } from './guards.ts';
import type { AcquireOptions } from './pool-line.ts';
import type { Guarded } from './refusal.ts';

/** One bulkhead, as those who make calls see it. Refusals are values. */
export interface BulkheadHandle {
  readonly name: string;
  /** As its rules have it now. */
  readonly ageMs: number;
  /** A permit that is at hand here and now, without a promise. Where none is, it refuses and has one fetched for the next time. */
  tryAcquire(options?: AcquireOptions): BulkheadPermit | BulkheadRejection;
  /** Answers at once where a permit is at hand and nobody waits, else after its turn in the line: await it. Whoever has a permit releases it. Never rejects. */
  acquire(options?: AcquireOptions): BulkheadPermit | BulkheadRejection | Promise<BulkheadPermit | BulkheadRejection>;
  /** Makes the call with a permit, and releases it; what the call throws is thrown on. */
  run<Value>(
    call: (permit: BulkheadPermit) => Promise<Value> | Value,
    options?: AcquireOptions,
  ): Promise<Guarded<Value> | BulkheadRejection>;
  /** Asked without a wait: that a call would be refused now, as far as is known here. `coming`: that many others are about to ask. */
  full(coming?: number): Pick<BulkheadRejection, 'limit' | 'depth' | 'retryAt'> | undefined;
  view(): BulkheadView;
}
