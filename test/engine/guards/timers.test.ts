import { describe, expect, test } from '@jest/globals';
import { idleTimer } from '../../../shared/core/timer-wheel.ts';
import { createTimers } from '../../../shared/engine/guards/timers.ts';
import { handClock } from '../../support/hand-clock.ts';

function held() {
  const clock = handClock();
  let slept = 0;
  const timers = createTimers({
    now: clock.now,
    sleep(ms, signal) {
      slept++;
      return clock.sleep(ms, signal);
    },
  });
  const came: number[] = [];
  const since = clock.now();
  const aTimer = () => ({ ...idleTimer, onDue: () => void came.push(clock.now() - since) });
  return { clock, timers, came, since, aTimer, sleeps: () => slept };
}

describe('the timers of a process', () => {
  test('come at their time, with one sleep under way at most, also when an earlier one is started later', async () => {
    const { clock, timers, came, since, aTimer } = held();
    for (const ms of [30_000, 50, 5_000, 50, 2]) {
      timers.start(aTimer(), since + ms);
      expect(clock.sleepers).toBe(1);
    }
    await clock.advance(60_000);
    expect(came).toEqual([2, 50, 50, 5_000, 30_000]);
    expect(clock.sleepers).toBe(0);
  });

  test('a stream of calls that are answered in time sleeps about once in the time that they may take', async () => {
    const { clock, timers, came, aTimer, sleeps } = held();
    for (let call = 0; call < 1_000; call++) {
      const timer = aTimer();
      timers.start(timer, clock.now() + 10_000);
      await clock.advance(20);
      timers.cancel(timer);
    }
    expect(came).toEqual([]);
    expect(sleeps()).toBeLessThan(12);
    await clock.advance(10_000);
    const before = sleeps();
    await clock.advance(1e9);
    expect([clock.sleepers, sleeps()]).toEqual([0, before]);
  });

  test('what comes may start the next', async () => {
    const { clock, timers, came, since, aTimer } = held();
    const chain = { ...idleTimer, onDue: () => timers.start(aTimer(), clock.now() + 7) };
    timers.start(chain, since + 3);
    await clock.advance(100);
    expect(came).toEqual([10]);
  });

  test('closed ones wait for nothing any more', async () => {
    const { clock, timers, came, since, aTimer } = held();
    timers.start(aTimer(), since + 50);
    timers.close();
    expect(clock.sleepers).toBe(0);
    timers.start(aTimer(), since + 60);
    await clock.advance(100);
    expect([came, clock.sleepers]).toEqual([[], 0]);
  });

  test('a process that had no CPU for an hour hears of all that came, at once', async () => {
    let now = 0;
    let wake = () => {};
    const timers = createTimers({ now: () => now, sleep: () => new Promise((resolve) => (wake = resolve)) });
    const came: string[] = [];
    for (const ms of [10, 1_000, 3_500_000])
      timers.start({ ...idleTimer, onDue: () => void came.push(String(ms)) }, ms);
    now = 3_600_000;
    wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(came).toEqual(['10', '1000', '3500000']);
  });
});
