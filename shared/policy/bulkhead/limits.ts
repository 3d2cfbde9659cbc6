/** Bounds of what may be said of a bulkhead, each with its reason. Durations are milliseconds. */
export const bulkheadLimits = {
  /** A limit of 0 lets nobody through: that is a breaker's business. The most that the hot store goes through in one step. */
  limit: { least: 1, most: 10_000 },
  /** With 0 nobody waits: who finds no permit is refused. Beyond the most, waiting is no plan, and each waiter takes some 250 bytes. */
  queueMost: { least: 0, most: 1_000_000 },
  /** With 0 all classes are one. Nobody calls three hours of waiting a bound against starving. */
  ageMs: { least: 0, most: 3_600_000 },
  /** A shorter one is lost in every pause of the machine; a longer one keeps a dead instance's permits from everybody. */
  leaseMs: { least: 200, most: 600_000 },
  /** Beyond these the light ones starve. */
  weight: { least: 0.01, most: 100 },
  /** A spec is kept as one document. */
  weights: 1_000,
  /** Tenants of a class that the line remembers though none of their calls waits: one that is forgotten begins anew, at no more than one turn's gain. */
  idleTenants: 1_000,
  /** Calls that one permit serves one after the other, each under a number of its own, before the store is asked for another one: a trip for each would cost more than most calls. */
  usesPerPermit: 1_024,
  /** Numbers follow the clock, in quarters of a microsecond: they are whole numbers until 2041, and a pool that gives less than 3,900 permits a second stays behind the clock. */
  numbersPerMs: 4_000,
} as const;
