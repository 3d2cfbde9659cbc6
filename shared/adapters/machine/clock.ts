import { assert } from '../../core/assert.ts';
import type { Clock } from '../../core/clock.ts';

export interface MachineTime {
  /** Milliseconds since the epoch, as the machine believes now; it may jump. */
  wall(): number;
  /** Milliseconds with a fraction that only ever grow, from any start. */
  ticks(): number;
}

const machineTime: MachineTime = { wall: Date.now, ticks: () => performance.now() };

/** How often the wall is looked at, and what it must be ahead to be followed. */
const lookEveryMs = 1_000;
const aheadMs = 100;

/** A time since the epoch has about this grain, and no sleep must seem too short by it. */
const roundingMs = 0.001;

/** A sleep's rest below this is not left to the timer, which might be a whole millisecond late. It keeps the processor busy, so it is short. */
const pollMs = 0.5;

/** The longest that `setTimeout` can wait. */
const timeoutMsMax = 2 ** 31 - 1;

/**
 * The machine's time. It counts from the wall's time at the start by the monotonic counter, so it never runs backwards; when the wall
 * gets ahead (the machine slept, or was set forward) it follows within a second. A machine set back is followed by a restart only.
 *
 * `sleep` never ends early by this clock and seldom more than a millisecond late. Unless `keepsAlive`, a process that only sleeps ends.
 */
export function createMachineClock(time: MachineTime = machineTime, keepsAlive = true): Clock {
  let start = time.wall() - time.ticks();
  let lookedAt = time.ticks();

  function now(): number {
    const ticks = time.ticks();
    if (ticks - lookedAt >= lookEveryMs) {
      lookedAt = ticks;
      const ahead = time.wall() - ticks - start;
      if (ahead > aheadMs) start += ahead;
    }
    return start + ticks;
  }

  return {
    now,
    sleep: (ms, signal) => sleepUntil(time.ticks() + Math.max(0, ms) + roundingMs, time.ticks, keepsAlive, signal),
  };
}

function sleepUntil(
  end: number,
  ticks: () => number,
  keepsAlive: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    assert(!Number.isNaN(end), 'a sleep has an end');
    if (signal?.aborted) return resolve();
    let timeout: NodeJS.Timeout | undefined;
    let immediate: NodeJS.Immediate | undefined;
    const wake = () => {
      clearTimeout(timeout);
      clearImmediate(immediate);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const wait = () => {
      const left = end - ticks();
      // The timer knows whole milliseconds only: what is nearer than that is waited for turn by turn of the event loop.
      if (left >= pollMs) timeout = setTimeout(waitOn, Math.min(Math.max(1, Math.round(left)), timeoutMsMax));
      else immediate = setImmediate(waitOn);
      if (keepsAlive) return;
      timeout?.unref();
      immediate?.unref();
    };
    const waitOn = () => (ticks() >= end ? wake() : wait());
    signal?.addEventListener('abort', wake, { once: true });
    wait();
  });
}
