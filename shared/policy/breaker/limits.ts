/** Between which values each number of a `BreakerSpec` lies. */
export interface Bound {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** Behind the number, for people. */
  readonly unit: string;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const whole = (least: number, most: number): Bound => ({ least, most, isWhole: true, unit: '' });
const millis = (least: number, most: number): Bound => ({ least, most, isWhole: true, unit: ' ms' });
/** Above 0: a share of nothing would open at once. */
const share: Bound = { least: Number.MIN_VALUE, most: 1, isWhole: false, unit: '' };

/** A run of a thousand is none that anybody waits for; what stays open for more than a day is forced open by somebody, with a reason. */
export const breakerBounds = {
  failures: whole(0, 1_000),
  minimumCalls: whole(1, 100_000),
  failureRate: share,
  slowRate: share,
  slowMs: millis(1, hourMs),
  openMs: millis(1, dayMs),
  openMsMost: millis(1, dayMs),
  probes: whole(1, 1_000),
  successes: whole(1, 1_000),
  probeMs: millis(1, dayMs),
  timeoutMs: millis(1, hourMs),
  panicFloor: share,
} as const;

/** A tenth of it is a slot: shorter ones would hold single calls, and what a day ago was says nothing of now. */
export const windowMsBound = millis(100, dayMs);
/** A quarter of a byte each. */
export const windowCallsBound = whole(1, 100_000);
export const adaptiveBound = share;
export const groupCharsMost = 200;
