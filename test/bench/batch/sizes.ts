/** The sizes of the workloads. The goals stand beside their figures. */
export const sizes = {
  jobs: 10_000,
  clients: 256,
  ratePerSecond: 5_000,
  rounds: 3,
  /** So much of the batch is done when its engine is killed. */
  killedAtShare: 0.4,
} as const;
