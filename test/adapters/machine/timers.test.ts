import { describe, expect, test } from '@jest/globals';
import { createMachineTimers } from '../../../shared/adapters/machine/timers.ts';
import { handClock } from '../../support/hand-clock.ts';

describe("the machine's timers", () => {
  test('however many alarms are set, one sleep is under way', async () => {
    const clock = handClock();
    const timers = createMachineTimers(clock);
    for (let at = 1_000; at > 0; at--) timers.set(`job-${at}`, clock.now() + 1_000 + at);
    await clock.advance(1);
    expect(clock.sleepers).toBe(1);
    timers.stop();
    expect(clock.sleepers).toBe(0);
  });

  test('alarms that are due together ring together', async () => {
    const clock = handClock();
    const timers = createMachineTimers(clock);
    const rings: (readonly string[])[] = [];
    timers.onAlarm((jobIds) => rings.push(jobIds));
    for (const jobId of ['c', 'a', 'b']) timers.set(jobId, clock.now() + 10);
    await clock.advance(20);
    expect(rings).toEqual([['a', 'b', 'c']]);
  });

  test.each([NaN, Infinity, -Infinity])('an alarm for %d is refused as a bug, and the others ring', async (at) => {
    const clock = handClock();
    const timers = createMachineTimers(clock);
    const rung: string[] = [];
    timers.onAlarm((jobIds) => rung.push(...jobIds));
    timers.set('a', clock.now() + 20);
    expect(() => timers.set('b', at)).toThrow(expect.objectContaining({ code: 'broken_invariant' }));
    expect(() => timers.set('a', at)).toThrow(expect.objectContaining({ code: 'broken_invariant' }));
    timers.set('c', clock.now() + 10);
    await clock.advance(30);
    expect(rung).toEqual(['c', 'a']);
  });
});
