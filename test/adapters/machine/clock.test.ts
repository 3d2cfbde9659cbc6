import { describe, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';

describe("the machine's clock", () => {
  const clock = createMachineClock();

  test('it is the time of day with a fraction', () => {
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
    expect(Array.from({ length: 10 }, () => clock.now()).some((now) => now % 1 !== 0)).toBe(true);
  });

  test('it never runs backwards, even when the machine is set back', () => {
    const time = { at: 5_000_000, tick: 0, wall: () => time.at, ticks: () => time.tick };
    const moved = createMachineClock(time);
    const seen = [moved.now()];
    for (const wall of [5_000_500, 1_000, 5_010_000, 5_002_000]) {
      time.at = wall;
      time.tick += 2_000;
      seen.push(moved.now());
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test('it follows when the machine has slept', () => {
    const time = { at: 5_000_000, tick: 0, wall: () => time.at, ticks: () => time.tick };
    const moved = createMachineClock(time);
    time.at += 3_600_000;
    time.tick += 1_000;
    expect(moved.now()).toBe(8_600_000);
    time.tick += 1;
    expect(moved.now()).toBe(8_600_001);
  });

  test.each([0, 0.2, 0.9, 1, 1.5, 2.1, 7.7])('a sleep of %d ms is never too short', async (ms) => {
    const slept = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const start = clock.now();
        await clock.sleep(ms);
        return clock.now() - start;
      }),
    );
    expect(Math.min(...slept)).toBeGreaterThanOrEqual(ms);
  });

  test('a sleep longer than a timer can be does not end at once', async () => {
    const ended = new AbortController();
    let awake = false;
    const sleep = clock.sleep(2 ** 33, ended.signal).then(() => {
      awake = true;
    });
    await clock.sleep(5);
    expect(awake).toBe(false);
    ended.abort();
    await sleep;
    expect(awake).toBe(true);
  });

  test('a sleep without a length is refused as a bug and does not spin', async () => {
    const ended = new AbortController();
    setTimeout(() => ended.abort(), 200);
    await expect(clock.sleep(NaN, ended.signal)).rejects.toMatchObject({ code: 'broken_invariant' });
  });

  test('an aborted sleep ends early and without an error, and leaves no listener', async () => {
    const ended = new AbortController();
    const start = clock.now();
    const sleeps = [clock.sleep(60_000, ended.signal), clock.sleep(60_000, ended.signal)];
    ended.abort();
    await Promise.all([...sleeps, clock.sleep(60_000, ended.signal)]);
    expect(clock.now() - start).toBeLessThan(5_000);
  });

  test('its sleeps keep the process alive, unless it was made not to', async () => {
    const timeouts = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const ended = new AbortController();
    const before = timeouts();
    const quiet = createMachineClock(undefined, false).sleep(60_000, ended.signal);
    expect(timeouts()).toBe(before);
    const loud = clock.sleep(60_000, ended.signal);
    expect(timeouts()).toBe(before + 1);
    ended.abort();
    await Promise.all([quiet, loud]);
  });
});
