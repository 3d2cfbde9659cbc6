/**
 * What this process knows of the server's clock: an answer that tells the server's time was made between its question and its arrival. Whatever
 * happened at a time of the server's thus happened here no earlier than the question's time and the span between the two. So a lease
 * that came by message, of which nobody knows how long it took, is never believed to last longer than it does.
 */
export interface ServerTime {
  learn(at: number, sentAt: number, heardAt: number): void;
  /** The server's clock was set: what was known of it is wrong. */
  learnAnew(at: number, sentAt: number, heardAt: number): void;
  /** The server's time then, at the latest; `Infinity` where the clocks were never compared. */
  timeAt(now: number): number;
  /** What is left at least of a lease that began then; nothing where the clocks were never compared. */
  leftOf(at: number, leaseMs: number, now: number): number;
}

/** Clocks drift apart and are set: an earlier comparison that was sharper counts for so long. */
const believedMs = 10_000;

export function createServerTime(): ServerTime {
  let offset = Number.NEGATIVE_INFINITY;
  let tripMs = Number.POSITIVE_INFINITY;
  let learnedAt = Number.NEGATIVE_INFINITY;

  function learnAnew(at: number, sentAt: number, heardAt: number): void {
    offset = sentAt - at;
    tripMs = heardAt - sentAt;
    learnedAt = heardAt;
  }

  return {
    learn(at, sentAt, heardAt) {
      if (heardAt - sentAt <= tripMs || heardAt - learnedAt >= believedMs) learnAnew(at, sentAt, heardAt);
    },
    learnAnew,
    timeAt: (now) => (offset === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : now - offset),
    leftOf: (at, leaseMs, now) => (offset === Number.NEGATIVE_INFINITY ? 0 : at + offset + leaseMs - now),
  };
}
