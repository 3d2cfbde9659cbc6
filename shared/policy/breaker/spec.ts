/** What an operator may say of a breaker. What is not said is `defaultBreakerSpec`'s, or that of its preset. Durations are milliseconds. */
export interface BreakerSpec {
  /** A named set of values, which the others here go before. */
  readonly preset?: string;
  /** Failures in a row that open it. */
  readonly failures?: number;
  /** Over what calls are counted: the last `ms`, or the last so many. */
  readonly window?: BreakerWindow;
  /** Calls in the window without which no rate opens it. */
  readonly minimumCalls?: number;
  /** Share of the window's calls that failed, above 0 and up to 1. */
  readonly failureRate?: number;
  /** Share of the window's calls that took longer than `slowMs`. */
  readonly slowRate?: number;
  readonly slowMs?: number;
  /** A sequential test opens it as soon as failures can't be chance any more, however many successes stand in the window. */
  readonly early?: boolean;
  /** `failureRate` follows the target's own rate, within these bounds. */
  readonly adaptive?: { readonly least: number; readonly most: number };
  /** How long it stays open, first; doubled each time that no probe succeeds, up to `openMsMost`; by chance up to a fifth more or less. */
  readonly openMs?: number;
  readonly openMsMost?: number;
  /** Probes under way at once in the whole fleet. */
  readonly probes?: number;
  /** Probes in a row that close it. */
  readonly successes?: number;
  /** After that a probe is taken for lost. */
  readonly probeMs?: number;
  /** Longest a guarded call may take. */
  readonly timeoutMs?: number;
  /** Breakers of one group watch over each other: see `panicFloor`. */
  readonly group?: string;
  /** Share of a group's breakers that must let calls through; where fewer do, all do, since then the fault is hardly with the targets. */
  readonly panicFloor?: number;
}

export type BreakerWindow =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'count'; readonly calls: number };

/** What an operator decided over the breaker's own judgement, for the whole fleet. `shadow` counts and never refuses; `disabled` does not even count. */
export interface Override {
  readonly kind: 'forced_open' | 'forced_closed' | 'disabled' | 'shadow';
  readonly reason: string;
  readonly by: string;
  /** Milliseconds since the epoch; until it is taken away unless said. */
  readonly until?: number;
}
