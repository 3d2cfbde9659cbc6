import { describe, expect, test } from '@jest/globals';
import { callsPerFirst, peakToMean, worstMinute } from './measures.ts';

const calls = (at: number, first: number, retries: number) => [
  ...Array(first).fill({ at, isFirst: true, isFailure: false }),
  ...Array(retries).fill({ at, isFirst: false, isFailure: false }),
];

describe('what a storm is measured by', () => {
  test('calls for each first attempt, within bounds', () => {
    const all = [...calls(0, 4, 1), ...calls(10, 4, 3)];
    expect(callsPerFirst(all)).toBe(1.5);
    expect(callsPerFirst(all, 5, 11)).toBe(1.75);
  });

  test('the worst minute is found wherever it begins', () => {
    const all = Array.from({ length: 200 }, (_, at) => calls(at, 1, at >= 75 && at < 135 ? 2 : 0)).flat();
    expect(worstMinute(all, 200)).toBe(3);
  });

  test('even calls have a peak of one mean, and calls that come at once as many as there are windows', () => {
    const even = Array.from({ length: 1_200 }, (_, at) => 100 + at / 10);
    expect(peakToMean(even, 100, 10)).toBe(1);
    expect(peakToMean(Array(50).fill(100.5), 100, 10)).toBe(6);
    expect(peakToMean(Array(50).fill(100.5), 100, 1)).toBe(60);
  });
});
