import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Timers } from '../../shared/ports/index.ts';

export interface OpenTimers {
  readonly timers: Timers;
  now(): number;
  /** Lets this much time pass, and what is due in it happen. */
  advance(ms: number): Promise<void>;
  /** How long a step of these tests is; 1 unless said. More for alarms that travel: each must arrive within 5 steps. */
  readonly stepMs?: number;
  close?(): Promise<void>;
}

/** What every Timers promises. */
export function describeTimers(name: string, open: () => OpenTimers | Promise<OpenTimers>): void {
  describe(`${name} as Timers`, () => {
    let opened: OpenTimers;
    let timers: Timers;
    let rung: string[];
    let early: string[];
    let due: Map<string, number>;

    beforeEach(async () => {
      opened = await open();
      timers = opened.timers;
      rung = [];
      early = [];
      due = new Map();
      timers.onAlarm((jobIds) => {
        rung.push(...jobIds);
        early.push(...jobIds.filter((jobId) => due.get(jobId)! > opened.now()));
      });
    });
    afterEach(async () => {
      timers.stop();
      await opened.close?.();
    });

    const stepMs = () => opened.stepMs ?? 1;

    function setIn(jobId: string, steps: number): void {
      const at = opened.now() + steps * stepMs();
      due.set(jobId, Math.min(at, due.get(jobId) ?? Infinity));
      timers.set(jobId, at, at);
    }

    const advance = (steps: number) => opened.advance(steps * stepMs());

    test('an alarm rings at its time and not before', async () => {
      setIn('a', 20);
      await advance(5);
      expect(rung).toEqual([]);
      await advance(40);
      expect([rung, early]).toEqual([['a'], []]);
    });

    test('alarms ring in the order of their times, whatever the order they were set in', async () => {
      for (const [jobId, steps] of [
        ['c', 30],
        ['a', 10],
        ['d', 40],
        ['b', 20],
      ] as const)
        setIn(jobId, steps);
      await advance(70);
      expect([rung, early]).toEqual([['a', 'b', 'c', 'd'], []]);
    });

    test('of two alarms of one job only the earlier rings, whichever was set first', async () => {
      setIn('a', 10);
      setIn('a', 5_000);
      setIn('b', 5_000);
      setIn('b', 10);
      await advance(50);
      expect([rung.toSorted(), early]).toEqual([['a', 'b'], []]);
    });

    test('an alarm that is set later for an earlier time does not wait for the others', async () => {
      setIn('late', 5_000);
      setIn('soon', 10);
      await advance(50);
      expect(rung).toEqual(['soon']);
    });

    test('an alarm whose time has passed rings soon, but not from inside the call', async () => {
      setIn('a', -1_000);
      expect(rung).toEqual([]);
      await advance(10);
      expect(rung).toEqual(['a']);
    });

    test('a job can be set again from inside its alarm', async () => {
      let times = 0;
      timers.onAlarm(() => {
        if (++times < 3) setIn('a', 5);
      });
      setIn('a', 5);
      await advance(60);
      expect(times).toBe(3);
    });

    test('after the stop nothing rings', async () => {
      setIn('a', 5);
      timers.stop();
      setIn('b', 5);
      await advance(30);
      expect(rung).toEqual([]);
    });
  });
}
