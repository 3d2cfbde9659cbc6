import type { Clock } from '../../shared/core/clock.ts';
import { Heap, type HeapItem } from '../../shared/core/heap.ts';

/** A clock that the test moves. */
export interface HandClock extends Clock {
  /** Moves the time on, waking each sleeper at its time, the earliest first, and lets what they started run. */
  advance(ms: number): Promise<void>;
  readonly sleepers: number;
}

interface Sleeper extends HeapItem {
  readonly until: number;
  /** Of those who wake at the same time the first to sleep wakes first. */
  readonly number: number;
  wake(): void;
}

export function handClock(start = 1_000_000): HandClock {
  let now = start;
  let slept = 0;
  const sleepers = new Heap<Sleeper>((a, b) => a.until < b.until || (a.until === b.until && a.number < b.number));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { until: now + Math.max(0, ms), number: slept++, wake: resolve, place: -1 };
        sleepers.put(sleeper);
        signal?.addEventListener('abort', () => {
          if (sleeper.place !== -1) sleepers.remove(sleeper);
          resolve();
        });
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = sleepers.peek();
        if (!next || next.until > end) break;
        now = Math.max(now, next.until);
        sleepers.pop()!.wake();
      }
      now = end;
      await settle();
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}
