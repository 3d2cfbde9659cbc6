import type { Call } from './storm.ts';

/** Calls for each first attempt that began between these seconds. */
export function callsPerFirst(calls: readonly Call[], from = 0, to = Infinity): number {
  const within = calls.filter(({ at }) => at >= from && at < to);
  return within.length / within.filter(({ isFirst }) => isFirst).length;
}

/** The worst of all minutes, each beginning a second later than the one before. */
export function worstMinute(calls: readonly Call[], to: number): number {
  const minutes = Array.from({ length: Math.max(1, to - 59) }, (_, from) => callsPerFirst(calls, from, from + 60));
  return Math.max(...minutes);
}

/**
 * How uneven calls come: the fullest window, in means of all windows from `from` to the last call. A minute at least is looked at, or
 * calls that all come in one window would seem even.
 */
export function peakToMean(seconds: readonly number[], from: number, windowSeconds: number): number {
  const last = Math.max(...seconds, from + 60 - windowSeconds);
  const windows = new Array<number>(Math.floor((last - from) / windowSeconds) + 1).fill(0);
  for (const at of seconds) windows[Math.floor((at - from) / windowSeconds)]!++;
  // The last one is cut off by the end of the storm.
  const whole = windows.length > 60 / windowSeconds ? windows.slice(0, -1) : windows;
  const mean = whole.reduce((sum, count) => sum + count, 0) / whole.length;
  return Math.max(...whole) / mean;
}
