import { describe, expect, test } from '@jest/globals';
import { breaksIn, fullAfter, heldOf, longestSilence, mostAtOnce } from './judge.ts';
import type { Line } from './log.ts';

const begun = (at: number, who: string, call: number): Line => ({ at, who, kind: 'begun', call, guard: 'p' });
const ended = (at: number, who: string, call: number): Line => ({ at, who, kind: 'ended', call, failed: false });

describe('what the chaos is judged by', () => {
  test('a permit is held from the beginning of a call to its end', () => {
    const held = heldOf([begun(1, 'a', 1), begun(2, 'b', 1), ended(3, 'a', 1), ended(5, 'b', 1)], [], 100);
    expect(held.map(({ who, from, to }) => [who, from, to])).toEqual([
      ['a', 1, 3],
      ['b', 2, 5],
    ]);
  });

  test('a killed process holds nothing any more, and what was still under way at the end is held until then', () => {
    const lines = [begun(1, 'a', 1), begun(2, 'b', 1), begun(9, 'b', 2)];
    const held = heldOf(lines, [{ who: 'a', kind: 'killed', at: 4 }], 100);
    expect(held.map(({ from, to }) => [from, to])).toEqual([
      [1, 4],
      [2, 9],
      [9, 9],
    ]);
  });

  test('a stopped process holds what it had for as long as its lease surely lasts, and what it begins later', () => {
    const lines = [begun(1, 'a', 1), ended(900, 'a', 1), begun(901, 'a', 2), ended(905, 'a', 2)];
    const held = heldOf(lines, [{ who: 'a', kind: 'stopped', at: 10 }], 100);
    expect(held.map(({ from, to }) => [from, to])).toEqual([
      [1, 110],
      [901, 905],
    ]);
  });

  test('a call that was let through before its process was stopped, and begins as it wakes, is not counted', () => {
    const lines = [begun(900, 'a', 1), ended(905, 'a', 1), begun(950, 'a', 2), ended(955, 'a', 2)];
    const held = heldOf(lines, [{ who: 'a', kind: 'stopped', at: 10, wokeAt: 899 }], 100);
    expect(held.map(({ from, to }) => [from, to])).toEqual([[950, 955]]);
  });

  test('most at once: what ends makes room for what begins at the same moment', () => {
    const spans = [
      { from: 0, to: 10 },
      { from: 5, to: 12 },
      { from: 10, to: 20 },
    ];
    expect(mostAtOnce(spans)).toEqual({ count: 2, at: 5 });
    expect(mostAtOnce([...spans, { from: 11, to: 11.5 }])).toEqual({ count: 3, at: 11 });
  });

  test('when all permits were in use again', () => {
    const spans = [
      { from: 0, to: 10 },
      { from: 1, to: 4 },
      { from: 7, to: 9 },
    ];
    expect(fullAfter(spans, 2, 2)).toBe(7);
    expect(fullAfter(spans, 8, 2)).toBe(undefined);
  });

  test('the longest silence counts from the beginning and to the end', () => {
    expect(longestSilence([3, 4, 9], 0, 10)).toBe(5);
    expect(longestSilence([3, 4, 9], 0, 30)).toBe(21);
    expect(longestSilence([], 0, 30)).toBe(30);
  });

  test('a transition that is missing is found', () => {
    const [opened, tried, closed] = [
      { from: 'closed', to: 'open', version: 3 },
      { from: 'open', to: 'half_open', version: 7 },
      { from: 'half_open', to: 'closed', version: 8 },
    ] as const;
    expect(breaksIn([opened, tried, closed])).toEqual([]);
    expect(breaksIn([opened, closed])).toEqual([8]);
    expect(breaksIn([])).toEqual([]);
  });
});
