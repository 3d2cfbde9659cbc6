/** Alarm clocks, one a job. An alarm may be lost with its process or ring twice or late; the sweep covers that. */
export interface Timers {
  /**
   * Rings at `at` or soon after, unless an earlier alarm of the job is set: then only that one rings. `newAt` is the earliest moment
   * that this very change has put on the clock and that no living executor watches (a retry, a delay, a time limit of a wait): a
   * fleet's timers, which are told by message and share the sweep, need to be told of nothing else.
   */
  set(jobId: string, at: number, newAt?: number): void;
  /** The job needs no alarm any more. */
  drop(jobId: string): void;
  onAlarm(ring: (jobIds: readonly string[]) => void): void;
  stop(): void;
}
