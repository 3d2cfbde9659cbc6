/** The times of what is learned, each with its reason. */
export const adaptiveTimes = {
  /** One sum in the store: shorter ones would be more of them, longer ones fade in leaps. */
  slotMs: 10 * 60_000,
  /** As measured for decision 9: with less, what was learned in an outage is gone before the next; with more, nothing is won. */
  halfLifeMs: 60 * 60_000,
  /** Six half-lives: what is older weighs less than a sixtieth. */
  keptMs: 6 * 60 * 60_000,
} as const;
