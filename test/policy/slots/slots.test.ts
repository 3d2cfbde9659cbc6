import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addSlots, type SlotCount } from '../../../shared/policy/slots/index.ts';

const slots = fc.array(
  fc.record({
    slot: fc.integer({ min: -5, max: 5 }),
    counts: fc.dictionary(fc.string(), fc.integer(), { maxKeys: 3 }),
  }),
);
const totalOf = (all: readonly SlotCount[], from: number) =>
  all.reduce(
    (sum, { slot, counts }) => (slot < from ? sum : sum + Object.values(counts).reduce((a, b) => a + b, 0)),
    0,
  );

describe('counts by slots', () => {
  test('nothing in the window is lost or counted twice, and each slot stands once, in order', () => {
    fc.assert(
      fc.property(slots, slots, fc.integer({ min: -6, max: 6 }), (before, added, from) => {
        const sums = addSlots(before, added, from);
        expect(totalOf(sums, -Infinity)).toBe(totalOf([...before, ...added], from));
        const numbers = sums.map(({ slot }) => slot);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(Math.min(from, ...numbers)).toBe(from);
      }),
    );
  });

  test('what was given stays as it was', () => {
    const before = Object.freeze([Object.freeze({ slot: 1, counts: Object.freeze({ a: 1 }) })]);
    expect(addSlots(before, before, 0)).toEqual([{ slot: 1, counts: { a: 2 } }]);
    expect(before).toEqual([{ slot: 1, counts: { a: 1 } }]);
  });
});
