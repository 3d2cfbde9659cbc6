import type { BreakerWindow } from './spec.ts';

/** By what a breaker goes: a `BreakerSpec` in which nothing is left open. Durations are milliseconds. Every key is there, so that all rules have one shape. */
export interface BreakerRules {
  /** Failures in a row that open it; with 0 no run of failures does. */
  readonly failures: number;
  readonly window: BreakerWindow;
  /** Calls in the window without which no rate opens it. */
  readonly minimumCalls: number;
  /** Opens where the share of failures has come to this; with `adaptive` only until the target's own rate is known. */
  readonly failureRate: number | undefined;
  /** Opens where the share of calls that took longer than `slowMs` has come to this. */
  readonly slowRate: number | undefined;
  readonly slowMs: number | undefined;
  readonly early: boolean;
  readonly adaptive: { readonly least: number; readonly most: number } | undefined;
  /** How long it stays open, first; doubled each time that no probe succeeds, up to `openMsMost`. By chance up to a fifth more or less. */
  readonly openMs: number;
  readonly openMsMost: number;
  /** Probes under way at once. */
  readonly probes: number;
  /** Probes in a row that close it. */
  readonly successes: number;
  /** After that a probe is taken for lost. */
  readonly probeMs: number;
  /** Over how long those who waited for it come back. */
  readonly spreadMs: number;
  readonly timeoutMs: number | undefined;
  readonly group: string | undefined;
  readonly panicFloor: number | undefined;
}

export const defaultBreakerRules: BreakerRules = {
  failures: 5,
  window: { kind: 'time', ms: 60_000 },
  minimumCalls: 20,
  failureRate: undefined,
  slowRate: undefined,
  slowMs: undefined,
  early: false,
  adaptive: undefined,
  openMs: 30_000,
  openMsMost: 300_000,
  probes: 1,
  successes: 2,
  probeMs: 60_000,
  spreadMs: 15_000,
  timeoutMs: undefined,
  group: undefined,
  panicFloor: undefined,
};
