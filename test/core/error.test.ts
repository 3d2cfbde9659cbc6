import { describe, expect, test } from '@jest/globals';
import { CodedError, codeOf, messageOf } from '../../shared/core/error.ts';

const trap = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no');
    },
    getPrototypeOf: () => {
      throw new Error('no');
    },
  },
);

describe('whatever was thrown', () => {
  test.each<[unknown, string, string]>([
    [new CodedError('busy', 'try later'), 'busy', 'try later'],
    [new TypeError('no number'), 'TypeError', 'no number'],
    [new Error('plain'), 'unknown', 'plain'],
    ['a text', 'unknown', 'a text'],
    [undefined, 'unknown', 'undefined'],
    [Symbol('s'), 'unknown', 'Symbol(s)'],
    [Object.create(null), 'unknown', 'it cannot be written as text'],
    [Object.assign(new Error(), { message: Object.create(null) }), 'unknown', 'it cannot be written as text'],
    [trap, 'unknown', 'it cannot be written as text'],
  ])('%# has a code and a message', (thrown, code, message) => {
    expect([codeOf(thrown), messageOf(thrown)]).toEqual([code, message]);
  });
});
