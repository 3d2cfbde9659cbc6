import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { locateJsonFault } from '../../../shared/edge/api/locate-json-fault.ts';

describe('locateJsonFault', () => {
  test.each([
    ['{"a":}', 5],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['[1,2', 4],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['[,1]', 1],
    ['[}', 1],
    ['tru', 0],
    ['01', 1],
    ['"abc', 4],
    ['"a\\x"', 2],
    ['"a\nb"', 2],
    ['"\\u12g4"', 1],
    ['{} {}', 3],
    ['', 0],
    ['  ', 2],
    ['{"a":1]', 6],
  ])('%j stops being JSON at %i', (source, offset) => {
    expect(locateJsonFault(source)?.offset).toBe(offset);
  });

  test('lines and columns count from 1', () => {
    expect(locateJsonFault('{\n  "a": 1,\n  b: 2\n}')).toEqual({ offset: 14, line: 3, column: 3 });
  });

  test('it finds a fault exactly where JSON.parse does, in whole and in broken texts', () => {
    const piece = fc.constantFrom(...'{}[]:,"\\ue1-.0 \n'.split(''), 'true', 'null', '"a"', '\u0001');
    const broken = fc.tuple(fc.json(), fc.nat(), fc.nat(3), piece).map(([text, at, cut, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + cut);
    });
    const soup = fc.array(piece).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken, soup), (text) => {
        expect(locateJsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test('depth and length are no matter', () => {
    expect(locateJsonFault('['.repeat(1_000_000))?.offset).toBe(1_000_000);
    expect(locateJsonFault(`"${'ab\\n'.repeat(1_000_000)}"`)).toBeUndefined();
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
