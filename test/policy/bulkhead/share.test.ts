import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shareAt, shareOf, shareOfCount } from '../../../shared/policy/bulkhead/index.ts';

const limit = fc.integer({ min: 1, max: 10_000 });
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('the shares of a limit', () => {
  test('add up to the limit, and differ by one at most, where all know the same instances', () => {
    fc.assert(
      fc.property(limit, fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 50 }), (whole, instances) => {
        const shares = instances.map((each) => shareOf(whole, each, instances));
        expect(sum(shares)).toBe(whole);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('are the same whatever order the instances are told in, and told twice', () => {
    expect(['b', 'a', 'c'].map((each) => shareOf(5, each, ['c', 'a', 'b', 'a']))).toEqual([2, 2, 1]);
    expect([0, 1, 2].map((place) => shareAt(5, place, 3))).toEqual([2, 2, 1]);
  });

  test('are never more than the limit in sum where only the number of instances is known', () => {
    fc.assert(
      fc.property(limit, fc.integer({ min: 1, max: 20_000 }), (whole, instances) => {
        const share = shareOfCount(whole, instances);
        expect(share * instances).toBeLessThanOrEqual(whole);
        expect((share + 1) * instances).toBeGreaterThan(whole);
      }),
    );
  });

  test('are nothing for an instance that the others do not know of, and all for one that is alone', () => {
    expect(shareOf(100, 'new', ['old'])).toBe(0);
    expect(shareOf(100, 'old', ['old'])).toBe(100);
    expect(shareOf(100, 'new', [])).toBe(0);
    expect(shareOfCount(100, 1)).toBe(100);
    expect(shareOfCount(100, 0)).toBe(100);
    expect(shareOfCount(3, 4)).toBe(0);
  });
});
