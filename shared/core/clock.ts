/**
 * Time is given, never taken: only adapters ask the machine. Times are milliseconds since the epoch, with a fraction.
 * `now` never runs backwards within one process.
 */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or early (without an error) when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
