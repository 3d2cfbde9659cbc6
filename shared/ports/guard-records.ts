import type { BreakerSpec, Override } from '../policy/breaker/index.ts';
import type { BulkheadSpec } from '../policy/bulkhead/index.ts';
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
  readonly changedAt: number;
  readonly changedBy: string;
}

/** A line of a guard's audit: who did what, and why. */
export interface GuardLine {
  readonly guard: 'breaker' | 'bulkhead';
  readonly name: string;
  readonly at: number;
  /** `operator:NAME`, or the instance that brought a transition about. */
  readonly by: string;
  readonly action: 'configured' | 'forced' | 'released' | 'reset' | 'transition';
  readonly because: string;
  readonly before?: string;
  readonly after?: string;
  /** Makes the line's identity with guard, name and action; the same line twice is one. */
  readonly number: number;
  readonly trace?: string;
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
 * - `keepTransitions` is idempotent by name and version.
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
  /** The last transition of each breaker that is not closed by it: what an instance goes by when the hot store is away. */
  lastTransitions(): Promise<readonly BreakerTransition[]>;
  /** Newest first. `before` is the place after which to go on, as an earlier page gave it. */
  readLines(
    guard: GuardLine['guard'],
    name: string,
    most: number,
    before?: string,
  ): Promise<{ readonly lines: readonly GuardLine[]; readonly next?: string }>;
}
