import { quantile } from '../statistics.ts';
import type { Ended } from './simulate.ts';

/** What a caller came to with one seed. */
export interface Measures {
  /** Percent of all calls that succeeded within the policy's bounds. */
  readonly success: number;
  /** Retries for each first attempt. */
  readonly extra: number;
  /** Seconds from the first attempt to success, of calls that needed a retry. */
  readonly p50: number;
  readonly p99: number;
}

export function measure(calls: readonly Ended[]): Measures {
  const late = calls.filter(({ succeeded, failures }) => succeeded && failures > 0).map(({ tookMs }) => tookMs / 1_000);
  const extra = calls.reduce((sum, { succeeded, failures }) => sum + failures - Number(!succeeded), 0);
  return {
    success: (100 * calls.filter(({ succeeded }) => succeeded).length) / calls.length,
    extra: extra / calls.length,
    p50: quantile(late, 0.5),
    p99: quantile(late, 0.99),
  };
}

/** Calls that began in a part of the time, as shares from 0 to 1: in the first tenth a caller that learns knows little. */
export function partOf(calls: readonly Ended[], from: number, to: number): readonly Ended[] {
  return calls.filter(({ number }) => number >= from * calls.length && number < to * calls.length);
}
