import { expect, test } from '@jest/globals';
import { parseDuration, writtenDuration } from '../../shared/core/duration.ts';

test('a duration is written as it can be read again, in the largest unit that has no fraction', () => {
  const written = new Map([
    [0, '0ms'],
    [0.5, '0.5ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [300_000, '5m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ]);
  expect([...written.keys()].map(writtenDuration)).toEqual([...written.values()]);
  expect([...written.values()].map(parseDuration)).toEqual([...written.keys()]);
});
