import type { Clock } from '../../core/clock.ts';
import { createTimerWheel, type WheelTimer } from '../../core/timer-wheel.ts';

/** All times that guards wait for in this process. */
export interface Timers {
  /** `onDue` is called once, up to two milliseconds after `at` and never before; a process without CPU calls it when it has some again. It must not throw. */
  start(timer: WheelTimer, at: number): void;
  cancel(timer: WheelTimer): void;
  /** Nothing comes any more, and nothing is waited for. */
  close(): void;
}

/** To the millisecond: the clock's sleeps are hardly better. */
const tickMs = 1;

/**
 * One wheel, and one sleep of the clock at most. A call that was answered takes its timer out and leaves the sleep be, so that a stream of calls
 * wakes nobody but about once in the time that they may take; the wheel is then found empty or younger, and with nothing in it nobody sleeps.
 * Whether a sleep keeps the process alive is the clock's business.
 */
export function createTimers(clock: Clock): Timers {
  const wheel = createTimerWheel(clock.now(), tickMs);
  let sleeping: { readonly until: number; readonly ended: AbortController } | undefined;
  let isMoving = false;
  let isClosed = false;

  /** A sleep that would end too late is given up for a shorter one. */
  function watch(): void {
    const next = wheel.nextAt();
    if (isClosed || next === undefined || (sleeping && sleeping.until <= next)) return;
    sleeping?.ended.abort();
    void sleepUntil(next);
  }

  async function sleepUntil(until: number): Promise<void> {
    const mine = { until, ended: new AbortController() };
    sleeping = mine;
    await clock.sleep(Math.max(0, until - clock.now()), mine.ended.signal);
    if (sleeping !== mine) return;
    sleeping = undefined;
    isMoving = true;
    wheel.moveTo(clock.now());
    isMoving = false;
    watch();
  }

  return {
    start(timer, at) {
      wheel.start(timer, at);
      if (!isMoving && (sleeping === undefined || at < sleeping.until)) watch();
    },
    cancel: (timer) => wheel.cancel(timer),
    close() {
      isClosed = true;
      sleeping?.ended.abort();
      sleeping = undefined;
    },
  };
}
