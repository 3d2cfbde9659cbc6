import type { ByOperator } from '../../jobs/index.ts';
import type { BreakerRules, BreakerSpec, Override } from '../../policy/breaker/index.ts';
import type { BulkheadSpec, PriorityClass } from '../../policy/bulkhead/index.ts';
import type { GuardLine } from '../../ports/index.ts';
import type { GuardCounter } from './guard-events.ts';

/**
 * Where guards get what they share. `shared`: the hot store, Redis. `records`: that is away, each instance goes by its own counts and by what
 * the durable store said last. `local`: both are away, or none was ever there.
 */
export type GuardMode = 'shared' | 'records' | 'local';

/** The guards as the porch sees them. Refusals are values; methods reject with a CodedError when the world fails. */
export interface Guards {
  health(): Promise<GuardHealth>;
  /** What this instance has told of each guard since it began. */
  counters(): readonly GuardCounter[];
  listBreakers(): Promise<readonly BreakerView[]>;
  getBreaker(name: string): Promise<BreakerView | undefined>;
  configureBreaker(name: string, spec: BreakerSpec, asked: GuardAsked): Promise<GuardAnswer<BreakerView>>;
  /** Without an override the breaker judges for itself again. */
  forceBreaker(
    name: string,
    override: WishedOverride | undefined,
    asked: GuardAsked,
  ): Promise<GuardAnswer<BreakerView>>;
  /** Closed, and its counts gone. */
  resetBreaker(name: string, asked: GuardAsked): Promise<GuardAnswer<BreakerView>>;
  listBulkheads(): Promise<readonly BulkheadView[]>;
  getBulkhead(name: string): Promise<BulkheadView | undefined>;
  configureBulkhead(name: string, spec: BulkheadSpec, asked: GuardAsked): Promise<GuardAnswer<BulkheadView>>;
  /** What was configured by an operator is taken away: its preset, or what the program said of it, holds again. */
  resetBulkhead(name: string, asked: GuardAsked): Promise<GuardAnswer<BulkheadView>>;
  /** Newest first. */
  readLines(guard: GuardLine['guard'], name: string, most: number, before?: string): Promise<GuardLines>;
}

/** What an operator asks for, with the revision that it is made on: where another one is stored, it is a conflict. */
export interface GuardAsked extends ByOperator {
  readonly revision?: number;
}

/** Until it is taken away, unless it says until when or for how long. */
export interface WishedOverride extends Pick<Override, 'kind' | 'reason' | 'until'> {
  readonly forMs?: number;
}

export interface GuardLines {
  readonly lines: readonly GuardLine[];
  readonly next?: string;
}

export type GuardAnswer<View> =
  /** Repeated: it had been done before, under this key or as it stands. */
  | { readonly kind: 'done' | 'repeated'; readonly view: View }
  /** It was made on another revision than the one that is stored. Nothing was changed. */
  | { readonly kind: 'conflict'; readonly revision: number }
  /** Nobody has heard of it; these there are. */
  | { readonly kind: 'unknown'; readonly known: readonly string[] }
  /** Something else was asked for under this key. */
  | { readonly kind: 'keyReused' }
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
