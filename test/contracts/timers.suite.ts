import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Timers } from '../../shared/ports/index.ts';

export interface OpenTimers {
  readonly timers: Timers;
  now(): number;
  /** Lets this much time pass, and what is due in it happen. */
  advance(ms: number): Promise<void>;
}

/** What every Timers promises. */
export function describeTimers(name: string, open: () => OpenTimers): void {
  describe(`${name} as Timers`, () => {
    let opened: OpenTimers;
    let timers: Timers;
    let rung: string[];
    let early: string[];
    let due: Map<string, number>;

    beforeEach(() => {
      opened = open();
      timers = opened.timers;
      rung = [];
      early = [];
      due = new Map();
      timers.onAlarm((jobIds) => {
        rung.push(...jobIds);
        early.push(...jobIds.filter((jobId) => due.get(jobId)! > opened.now()));
      });
    });
    afterEach(() => timers.stop());

    function setIn(jobId: string, ms: number): void {
      const at = opened.now() + ms;
      due.set(jobId, Math.min(at, due.get(jobId) ?? Infinity));
      timers.set(jobId, at);
    }

    test('an alarm rings at its time and not before', async () => {
      setIn('a', 20);
      await opened.advance(5);
      expect(rung).toEqual([]);
      await opened.advance(40);
      expect([rung, early]).toEqual([['a'], []]);
    });

    test('alarms ring in the order of their times, whatever the order they were set in', async () => {
      for (const [jobId, ms] of [
        ['c', 30],
        ['a', 10],
        ['d', 40],
        ['b', 20],
      ] as const)
        setIn(jobId, ms);
      await opened.advance(70);
      expect([rung, early]).toEqual([['a', 'b', 'c', 'd'], []]);
    });

    test('of two alarms of one job only the earlier rings, whichever was set first', async () => {
      setIn('a', 10);
      setIn('a', 5_000);
      setIn('b', 5_000);
      setIn('b', 10);
      await opened.advance(50);
      expect([rung.toSorted(), early]).toEqual([['a', 'b'], []]);
    });

    test('an alarm that is set later for an earlier time does not wait for the others', async () => {
      setIn('late', 5_000);
      setIn('soon', 10);
      await opened.advance(50);
      expect(rung).toEqual(['soon']);
    });

    test('an alarm whose time has passed rings soon, but not from inside the call', async () => {
      setIn('a', -1_000);
      expect(rung).toEqual([]);
      await opened.advance(10);
      expect(rung).toEqual(['a']);
    });

    test('a job can be set again from inside its alarm', async () => {
      let times = 0;
      timers.onAlarm(() => {
        if (++times < 3) setIn('a', 5);
      });
      setIn('a', 5);
      await opened.advance(60);
      expect(times).toBe(3);
    });

    test('after the stop nothing rings', async () => {
      setIn('a', 5);
      timers.stop();
      setIn('b', 5);
      await opened.advance(30);
      expect(rung).toEqual([]);
    });
  });
}
