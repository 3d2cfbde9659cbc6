import type { Clock } from '../core/clock.ts';

/** Resolves when it is the caller's turn, or early when `signal` aborts. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** What was missed may be made up for, up to this much: timers are not exact, and a store may pause. */
const madeUpMs = 100;

/** Turns at `perSecond` at most, however many ask for one. */
export function createPace(clock: Clock, perSecond: number): Pace {
  let nextAt = clock.now();
  return async (signal) => {
    const now = clock.now();
    const at = Math.max(nextAt, now - madeUpMs);
    nextAt = at + 1_000 / perSecond;
    if (at > now) await clock.sleep(at - now, signal);
  };
}
