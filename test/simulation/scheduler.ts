import { Heap, type HeapItem } from '../../shared/core/heap.ts';
import type { Random } from '../../shared/core/random.ts';

/**
 * The world's time. It moves only when everything that can happen now has happened: one wake-up at a time, then every promise that
 * follows from it. Who is due at the same time goes in an order that chance decides.
 */
export interface Scheduler {
  now(): number;
  /** Gives what calls it off. */
  at(time: number, wake: () => void): () => void;
  sleep(ms: number): Promise<void>;
  /** Until `isOver` says so, nothing is left to happen, it is `latest`, or far too much happens. */
  run(isOver: () => boolean, latest: number): Promise<'over' | 'nothingLeft' | 'late' | 'restless'>;
}

/** A world needs a few thousand; one that needs so many goes round in circles. */
const wakeUpsMax = 300_000;

export function createScheduler(start: number, random: Random): Scheduler {
  const wakeUps = new Heap<WakeUp>((a, b) => a.time < b.time || (a.time === b.time && a.rank < b.rank));
  let now = start;

  function at(time: number, wake: () => void): () => void {
    const wakeUp = { time: Math.max(now, time), rank: random.next(), wake, place: -1 };
    wakeUps.put(wakeUp);
    return () => wakeUps.remove(wakeUp);
  }

  return {
    now: () => now,
    at,
    sleep: (ms) => new Promise((resolve) => void at(now + ms, resolve)),
    async run(isOver, latest) {
      await everythingSaid();
      for (let count = 0; !isOver(); count++) {
        if (count > wakeUpsMax) return 'restless';
        const next = wakeUps.pop();
        if (!next) return 'nothingLeft';
        if (next.time > latest) return 'late';
        now = next.time;
        next.wake();
        await everythingSaid();
      }
      return 'over';
    },
  };
}

interface WakeUp extends HeapItem {
  readonly time: number;
  readonly rank: number;
  readonly wake: () => void;
}

/** The event loop comes to its next turn only when no promise is left to be told. */
const everythingSaid = () => new Promise<void>((resolve) => void setImmediate(resolve));
