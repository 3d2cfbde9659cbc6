import { describe, expect, test } from '@jest/globals';
import { addServiceTime, expectedServiceMs, noServiceTime } from '../../../shared/policy/bulkhead/index.ts';

const measured = (times: readonly number[], now = 1_000) =>
  times.reduce((known, tookMs) => addServiceTime(known, tookMs, now), noServiceTime);
const many = (count: number, tookMs: number) => Array.from({ length: count }, () => tookMs);

describe('how long a call is expected to take', () => {
  test('is nothing before ten were measured, and then their mean', () => {
    expect(expectedServiceMs(measured(many(9, 40)), 1_000)).toBe(0);
    expect(expectedServiceMs(measured([...many(5, 40), ...many(5, 60)]), 1_000)).toBeCloseTo(50);
    expect(expectedServiceMs(measured([...many(15, 40), ...many(5, 60)]), 1_000)).toBeCloseTo(45);
  });

  test('follows the calls of today', () => {
    expect(expectedServiceMs(measured([...many(1_000, 40), ...many(60, 80)]), 1_000)).toBeGreaterThan(76);
    expect(expectedServiceMs(measured([...many(1_000, 40), 80]), 1_000)).toBeCloseTo(42);
  });

  test('is half as long when nothing was measured for five seconds, so that slow calls do not keep all others out for ever', () => {
    const known = measured(many(20, 40));
    expect(expectedServiceMs(known, 6_000)).toBeCloseTo(20);
    expect(expectedServiceMs(known, 61_000)).toBeLessThan(0.01);
    expect(expectedServiceMs(known, 0)).toBeCloseTo(40);
    expect(expectedServiceMs(addServiceTime(known, 40, 500), 6_000)).toBeCloseTo(20);
  });
});
