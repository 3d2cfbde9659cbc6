import type { Clock } from '../../shared/core/clock.ts';

/** A clock that the test moves. */
export interface HandClock extends Clock {
  /** Moves the time on, waking each sleeper at its time, the earliest first, and lets what they started run. */
  advance(ms: number): Promise<void>;
  readonly sleepers: number;
}

export function handClock(start = 1_000_000): HandClock {
  let now = start;
  let sleepers: { readonly until: number; wake(): void }[] = [];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { until: now + Math.max(0, ms), wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          resolve();
        });
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = sleepers.toSorted((a, b) => a.until - b.until)[0];
        if (!next || next.until > end) break;
        now = Math.max(now, next.until);
        sleepers = sleepers.filter((each) => each !== next);
        next.wake();
      }
      now = end;
      await settle();
    },
    get sleepers() {
      return sleepers.length;
    },
  };
}
