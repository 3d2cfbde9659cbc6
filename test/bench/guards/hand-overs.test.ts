import { expect, test } from '@jest/globals';
import { handOversOf } from './hand-overs.ts';

test('a grant follows the release that was first of those that no grant has followed yet', () => {
  expect(handOversOf([0, 1, 12, 31, 33], [10, 30, 31], 2)).toEqual([2, 1, 2]);
});
