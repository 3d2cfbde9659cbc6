import type { ByOperator } from '../../jobs/index.ts';
import type { BreakerRules, BreakerSpec, Override } from '../../policy/breaker/index.ts';
import type { BulkheadSpec, PriorityClass } from '../../policy/bulkhead/index.ts';
import type { GuardLine } from '../../ports/index.ts';

/**
 * Where guards get what they share. `shared`: the hot store, Redis. `records`: that is away, each instance goes by its own counts and by what
 * the durable store said last. `local`: both are away, or none was ever there.
 */
export type GuardMode = 'shared' | 'records' | 'local';

/** The guards as the porch sees them. Refusals are values; methods reject with a CodedError when the world fails. */
export interface Guards {
  health(): Promise<GuardHealth>;
  listBreakers(): Promise<readonly BreakerView[]>;
  getBreaker(name: string): Promise<BreakerView | undefined>;
  configureBreaker(name: string, spec: BreakerSpec, asked: ByOperator): Promise<GuardAnswer<BreakerView>>;
  /** Without an override the breaker judges for itself again. */
  forceBreaker(
    name: string,
    override: WishedOverride | undefined,
    asked: ByOperator,
  ): Promise<GuardAnswer<BreakerView>>;
  /** Closed, and its counts gone. */
  resetBreaker(name: string, asked: ByOperator): Promise<GuardAnswer<BreakerView>>;
  listBulkheads(): Promise<readonly BulkheadView[]>;
  getBulkhead(name: string): Promise<BulkheadView | undefined>;
  configureBulkhead(name: string, spec: BulkheadSpec, asked: ByOperator): Promise<GuardAnswer<BulkheadView>>;
  /** What was configured by an operator is taken away: its preset, or what the program said of it, holds again. */
  resetBulkhead(name: string, asked: ByOperator): Promise<GuardAnswer<BulkheadView>>;
  /** Newest first. */
  readLines(guard: GuardLine['guard'], name: string, most: number, before?: string): Promise<GuardLines>;
}

export type WishedOverride = Pick<Override, 'kind' | 'reason' | 'until'>;

export interface GuardLines {
  readonly lines: readonly GuardLine[];
  readonly next?: string;
}

export type GuardAnswer<View> =
  | { readonly kind: 'done'; readonly view: View }
  /** Something else was changed meanwhile, and again: nothing was changed here. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'faults'; readonly faults: readonly { path: string; message: string }[] };

export interface GuardHealth {
  readonly mode: GuardMode;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** Why it is not `shared`, where it is not. */
  readonly because?: string;
  /** Instances that the fleet counted last; this one at least. */
  readonly instances: number;
  readonly breakers: readonly BreakerView[];
  readonly bulkheads: readonly BulkheadView[];
}

export interface BreakerView {
  readonly name: string;
  /** What a caller meets, the override included. */
  readonly state: 'closed' | 'open' | 'half_open' | Override['kind'];
  /** What it would be without the override. */
  readonly own: 'closed' | 'open' | 'half_open';
  /** Whose verdict that is: the fleet's, or this instance's alone. */
  readonly scope: 'fleet' | 'instance';
  readonly because: string;
  readonly version: number;
  readonly retryAt?: number;
  readonly override?: Override;
  /** In this instance's window. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** The rate that opens it now, and why where it follows the target. */
  readonly failureRate?: number;
  readonly threshold?: string;
  readonly rules: BreakerRules;
  /** What an operator configured; absent where nobody did. */
  readonly spec?: BreakerSpec;
  readonly revision: number;
}

export interface BulkheadView {
  readonly name: string;
  readonly limit: number;
  readonly queueMost: number;
  readonly inUse: number;
  readonly depth: number;
  /** Of this instance. */
  readonly here: {
    readonly inUse: number;
    readonly kept: number;
    readonly waiting: Readonly<Record<PriorityClass, number>>;
  };
  /** What this instance may take without asking, while the hot store is away. */
  readonly share?: number;
  readonly spec?: BulkheadSpec;
  readonly revision: number;
}
