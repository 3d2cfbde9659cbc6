import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../shared/core/random.ts';
import { drawBeta } from '../../../shared/policy/adaptive/beta.ts';

const draws = (a: number, b: number, count = 20_000) => {
  const random = seededRandom(17);
  return Array.from({ length: count }, () => drawBeta(a, b, () => random.next()));
};
const meanOf = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

describe('draws from the Beta distribution', () => {
  test.each([
    [1, 1],
    [3, 1],
    [1, 9],
    [40, 10],
    [2_000, 500],
  ])('have its mean and its variance with shapes %d and %d', (a, b) => {
    const values = draws(a, b);
    const mean = a / (a + b);
    const variance = (a * b) / ((a + b) ** 2 * (a + b + 1));
    const found = meanOf(values);
    expect(Math.abs(found - mean)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    const spread = meanOf(values.map((each) => (each - found) ** 2));
    expect(Math.abs(spread / variance - 1)).toBeLessThan(0.06);
  });

  test('with shapes 1 and 1 are uniform, to the tails', () => {
    const values = draws(1, 1);
    for (const below of [0.01, 0.1, 0.5, 0.9, 0.99]) {
      const share = values.filter((each) => each < below).length / values.length;
      expect(Math.abs(share - below)).toBeLessThan(4 * Math.sqrt((below * (1 - below)) / values.length));
    }
  });

  test('lie between 0 and 1 for any shapes and chances', () => {
    const shape = fc.double({ min: 1, max: 1e9, noNaN: true });
    const chances = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(shape, shape, chances, (a, b, given) => {
        let asked = 0;
        const draw = drawBeta(a, b, () => given[asked++ % given.length]!);
        expect(draw).toBeGreaterThanOrEqual(0);
        expect(draw).toBeLessThanOrEqual(1);
      }),
    );
  });
});
