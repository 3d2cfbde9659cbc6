/** How long a fold waits for others' news, so that engines that work for one job seldom meet at it. Milliseconds. */
export interface FoldWindow {
  /** A moment within the window; `chance` is uniform in [0, 1). */
  draw(chance: number): number;
  /** A fold took this long, and met another or did not. */
  observe(tookMs: number, metAnother: boolean): void;
}

const leastMs = 10;
const mostMs = 2_000;

/**
 * Follows what commits cost here and whether they meet: the window doubles with every meeting and shrinks by a fifth without, between
 * four times what a fold takes (so that two who draw at random seldom overlap) and two seconds. Additive-increase schemes settle too
 * slowly for a job that lasts a second; the doubling is Ethernet's back-off, kept between folds.
 */
export function createFoldWindow(): FoldWindow {
  let tookMs = leastMs;
  let factor = 4;
  return {
    draw: (chance) => chance * Math.min(mostMs, factor * tookMs),
    observe(latestMs, metAnother) {
      tookMs = Math.max(leastMs, 0.7 * tookMs + 0.3 * latestMs);
      factor = metAnother ? Math.min(64, factor * 2) : Math.max(4, factor * 0.8);
    },
  };
}
