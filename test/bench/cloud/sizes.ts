/** The sizes of the workloads, bounded so that all of it takes about seven minutes. The goals stand beside their figures. */
export const sizes = {
  executors: 4,
  chainJobs: 300,
  /** Until the processes' CPU for a chain no longer falls. */
  chainWarmUpJobs: 300,
  chainClients: 16,
  chainRounds: 3,
  steps: 5,
  latencyJobs: 30,
  fanRounds: 3,
  largeFanWidth: 10_000,
  timeScale: 0.001,
  makespanTimeScale: 0.05,
  delays: 200,
  delayMsMin: 100,
  delayMsMax: 60_000,
  longDelays: 5,
  longDelayMs: 300_000,
  limitMs: 1_500,
  ticks: 20,
} as const;
