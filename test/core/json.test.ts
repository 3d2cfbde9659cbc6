import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Json, jsonBytes, sizeOf } from '../../shared/core/json.ts';

describe('the size of a value', () => {
  test('is that of its JSON text in UTF-8', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false } as object), (value) => {
        expect(sizeOf(value as Json, Infinity).bytes).toBe(Buffer.byteLength(JSON.stringify(value)));
      }),
    );
  });

  test.each<[Json, number]>([
    [1, 0],
    [[], 0],
    [[1], 1],
    [{ a: [1, { b: [] }] }, 3],
  ])('%j is %i deep', (value, depth) => {
    expect(sizeOf(value, Infinity).depth).toBe(depth);
  });

  test('has no depth that is too much', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as Json;
    expect(sizeOf(deep, Infinity)).toMatchObject({ bytes: 200_000, depth: 99_999 });
  });

  test('is counted as far as is asked for, and further when more is', () => {
    const value = ['x'.repeat(50), ['y'.repeat(50)]];
    expect(sizeOf(value, 10).bytes).toBeGreaterThan(10);
    expect(sizeOf(value, 1_000).bytes).toBe(jsonBytes(value));
    expect(sizeOf(value, 10).bytes).toBeGreaterThan(10);
  });
});
