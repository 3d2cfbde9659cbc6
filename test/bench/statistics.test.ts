import { expect, test } from '@jest/globals';
import { median, quantile } from './statistics.ts';

test('the median of an odd number of values is the middle one, of an even number lies between the two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a quantile leaves the values in their order', () => {
  const values = [3, 1, 2];
  expect(quantile(values, 1)).toBe(3);
  expect(quantile(values, 0)).toBe(1);
  expect(values).toEqual([3, 1, 2]);
});

test('no values have no median', () => {
  expect(median([])).toBeNaN();
});
