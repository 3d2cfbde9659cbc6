import type { Clock } from '../core/clock.ts';
import type { RunningAttempts } from './running-attempts.ts';

/** Those who wait for room in this engine, first come, first served: whoever needs much is not overtaken by all who need little. */
export interface RoomLine {
  /**
   * Calls `begin` when it is this one's turn and there is room for so many attempts, in the same turn of the event loop in which that was seen;
   * `late` when it was not until then.
   */
  inTurn(count: number, until: number, begin: () => Promise<void>, late: () => Promise<void>): Promise<void>;
}

export function createRoomLine(clock: Clock, concurrency: number, attempts: RunningAttempts): RoomLine {
  const line = new Set<object>();
  const isFirst = (waiting: object) => line.values().next().value === waiting;
  const hasRoom = (count: number) => attempts.free >= Math.min(count, concurrency);

  return {
    async inTurn(count, until, begin, late) {
      const me = {};
      line.add(me);
      try {
        while (!(isFirst(me) && hasRoom(count)) && clock.now() < until) await attempts.whenChanged(until, clock);
        return clock.now() < until ? begin() : late();
      } finally {
        line.delete(me);
        // The next one looks.
        attempts.giveBack(0);
      }
    },
  };
}
