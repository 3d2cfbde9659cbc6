/** Alarm clocks, one a job. An alarm may be lost with its process or ring twice or late; the sweep covers that. */
export interface Timers {
  /** Rings at `at` or soon after, unless an earlier alarm of the job is set: then only that one rings. */
  set(jobId: string, at: number): void;
  /** The job needs no alarm any more. */
  drop(jobId: string): void;
  onAlarm(ring: (jobIds: readonly string[]) => void): void;
  stop(): void;
}
