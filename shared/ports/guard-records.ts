import type { BreakerSpec, Override } from '../policy/breaker/index.ts';
import type { BulkheadSpec } from '../policy/bulkhead/index.ts';
import type { GuardLine } from '../policy/guards/index.ts';
import type { BreakerTransition } from './breaker-states.ts';

/** What operators have decided on a breaker or a bulkhead, and what became of it. For good. */
export interface GuardRecord<Spec> {
  readonly name: string;
  /** One more with each change by an operator. */
  readonly revision: number;
  /** Absent where nobody has configured it. */
  readonly spec?: Spec;
  /** Of a breaker. */
  readonly override?: Override;
  /** When an operator closed the breaker last: what was counted and found before that counts no more. */
  readonly resetAt?: number;
  readonly changedAt: number;
  readonly changedBy: string;
  /** What was asked for last under keys of the callers', oldest first: the same key twice acts once. */
  readonly requests?: readonly GuardRequest[];
}

export interface GuardRequest {
  readonly key: string;
  /** A digest of what was asked for. */
  readonly asked: string;
}

/** A change by an operator; `revision` is the one that it was made on, and another one there is a conflict. */
export interface GuardChange<Spec> {
  readonly record: GuardRecord<Spec>;
  readonly line: GuardLine;
}

/**
 * What must survive of guards: transitions, overrides, configuration.
 *
 * - A change is stored with its line in one commit, or not at all. `conflict` where the stored revision is not the one before the record's.
 * - `keepTransitions` is idempotent by name, version and time: the version alone may begin anew after a hot store was lost.
 * - A change whose line says `reset` takes the breaker's last transition out of `lastTransitions`.
 * - Reads are not stale after a write of the same process, and at most seconds old otherwise.
 */
export interface GuardRecords {
  readAll(): Promise<{
    readonly breakers: readonly GuardRecord<BreakerSpec>[];
    readonly bulkheads: readonly GuardRecord<BulkheadSpec>[];
  }>;
  changeBreaker(change: GuardChange<BreakerSpec>): Promise<'stored' | 'conflict'>;
  changeBulkhead(change: GuardChange<BulkheadSpec>): Promise<'stored' | 'conflict'>;
  keepTransitions(transitions: readonly BreakerTransition[]): Promise<void>;
  /** The last transition of each breaker (by time, then version) that is not closed by it: what an instance goes by when the hot store is away. */
  lastTransitions(): Promise<readonly BreakerTransition[]>;
  /**
   * Newest first: by time, then number, then action. `before` is the place after which to go on, as an earlier page gave it; what is none
   * rejects with `page_token_invalid`.
   */
  readLines(
    guard: GuardLine['guard'],
    name: string,
    most: number,
    before?: string,
  ): Promise<{ readonly lines: readonly GuardLine[]; readonly next?: string }>;
}
