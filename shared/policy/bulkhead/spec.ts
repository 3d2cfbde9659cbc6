/** From the most urgent to the least. */
export const priorityClasses = ['critical', 'high', 'normal', 'low'] as const;
export type PriorityClass = (typeof priorityClasses)[number];

/** What an operator may say of a bulkhead. What is not said is that of its preset, or `defaultBulkheadRules`. Durations are milliseconds. */
export interface BulkheadSpec {
  /** A named set of values, which the others here go before. */
  readonly preset?: string;
  /** Calls under way at once in the whole fleet. */
  readonly limit?: number;
  /** Calls that may wait for one of these, in the whole fleet. */
  readonly queueMost?: number;
  /** How much longer each class waits than the one above it, at equal arrival: who is low is overtaken for three times this at most. */
  readonly ageMs?: number;
  /** After that the permit of an instance that gives no sign of life is free again. */
  readonly leaseMs?: number;
  /** The limit follows measured latency between these bounds; `limit` is where it begins. */
  readonly adaptive?: LimitBounds;
  /** How many turns a tenant gets for each one of a tenant that is not named here, where both wait in one class. */
  readonly weights?: Readonly<Record<string, number>>;
}

export interface LimitBounds {
  readonly least: number;
  readonly most: number;
}

/** What a bulkhead goes by: a spec in which everything is said. */
export interface BulkheadRules {
  readonly limit: number;
  readonly queueMost: number;
  readonly ageMs: number;
  readonly leaseMs: number;
  readonly adaptive?: LimitBounds;
  readonly weights?: Readonly<Record<string, number>>;
}

export const defaultBulkheadRules: BulkheadRules = { limit: 10, queueMost: 100, ageMs: 10_000, leaseMs: 15_000 };
