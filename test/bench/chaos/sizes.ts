/** The sizes of the chaos, bounded so that all of it takes less than six minutes. `--jobs` and `--seed` take the place of the first two. */
export const sizes = {
  jobs: 1_000,
  seed: 42,
  /** Of the jobs of the embedded engine: recorded workflows, and jobs with a node that nothing can help. */
  recordedShare: 0.15,
  doomedShare: 0.02,
  /** Of all calls. */
  failingShares: [0.2, 0.3],
  hangingShare: 0.05,
  /** So many jobs a second are submitted. */
  jobsPerSecond: 25,
  killEveryMs: 2_000,
  /** A kill comes so much earlier or later. */
  killJitterMs: 250,
  /** Where the machine is so busy that a start takes most of that, an engine still has so long from its first answer. */
  lifeMsLeast: 1_000,
  /** A recording takes so long along its critical path. */
  recordedMs: 1_500,
  /** What takes longer than an engine lives would never end. */
  recordedCallMsMost: 300,
  recordedNodesMost: 120,
  callMs: [5, 60],
  callTimeoutMs: 2_000,
  /** After the last submit. */
  patienceMs: 90_000,
  /** Of the part in which engines are told to end. */
  stops: 4,
  stopEveryMs: 2_000,
  stopJobs: 40,
  slowCallMsMost: 5_000,
  graceMs: 3_000,
  /** Of the part in which several instances share a store. */
  fleetShareOfJobs: 0.15,
  fleetJobsPerSecond: 5,
  fleetExecutors: 3,
  fleetLeaseMs: 4_000,
  /** Beyond the lease: a call that ran out of time would end its attempt before the lease does. */
  fleetCallTimeoutMs: 6_000,
  fleetTickMs: 1_000,
  /** `BREAKWATER_SWEEP`: after this a message counts as lost. */
  fleetSweepMs: 1_000,
  /** Where messages are lost. */
  fastTickMs: 500,
  lostMessages: 30,
} as const;

/** Of every node that calls: with three to four calls of ten going wrong, one node in a million uses up its attempts. */
export const retry = {
  strategy: 'exponential',
  delay: '100ms',
  maxDelay: '2s',
  jitter: 'full',
  maxAttempts: 14,
} as const;
