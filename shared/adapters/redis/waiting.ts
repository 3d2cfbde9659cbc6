import type { Clock } from '../../core/clock.ts';

/** Those who wait for an answer, and one sleeper for all of them: a timer for each command would cost more than the command. */
export interface Waiting {
  readonly size: number;
  /** Returns how to tell that the waiting is over. */
  begin(): () => void;
}

/** `onLate` is called when one has waited for `mostMs`. Answers come in the order of the commands, so that is as good as all. */
export function createWaiting(clock: Clock, mostMs: number, ended: AbortSignal, onLate: () => void): Waiting {
  const waiting = new Set<{ readonly until: number }>();
  let isWatched = false;

  async function watch(): Promise<void> {
    isWatched = true;
    for (const first of waiting) {
      await clock.sleep(first.until - clock.now(), ended);
      // A process that was asleep itself may have the answer at hand.
      await clock.sleep(0);
      if (ended.aborted) break;
      if (waiting.has(first)) {
        onLate();
        await clock.sleep(0);
        waiting.delete(first);
      }
    }
    isWatched = false;
  }

  return {
    get size() {
      return waiting.size;
    },
    begin() {
      const mine = { until: clock.now() + mostMs };
      waiting.add(mine);
      if (!isWatched) void watch();
      return () => void waiting.delete(mine);
    },
  };
}
