import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../shared/core/json.ts';
import { type Condition, evaluate, type Scope } from '../../shared/jobs/index.ts';

const scope: Scope = {
  node: (id) =>
    id === 'score'
      ? { state: 'succeeded', result: { value: 7, tags: ['a', 'b'], none: null, name: 'Ann' } }
      : undefined,
  job: {
    id: 'j',
    name: 'n',
    input: { least: 5, person: { b: 2, a: 1 }, own: JSON.parse('{"__proto__": {}}') as Json },
  },
};
const score = '${nodes.score.result.value}';
const absent = '${nodes.score.result.nothing}';
const yes: Condition = { value: 1, equals: 1 };
const no: Condition = { value: 1, equals: 2 };

describe('a condition', () => {
  test.each<[string, Condition, boolean]>([
    ['equals a number', { value: score, equals: 7 }, true],
    ['equals with another type', { value: score, equals: '7' }, false],
    ['equals an object whatever the order of its keys', { value: '${job.input.person}', equals: { a: 1, b: 2 } }, true],
    ['equals with a key more', { value: '${job.input.person}', equals: { a: 1, b: 2, c: 3 } }, false],
    ['equals with another key', { value: '${job.input.person}', equals: { a: 1, c: 2 } }, false],
    ['equals without the help of a prototype', { value: '${job.input.own}', equals: { x: 1 } }, false],
    ['equals a list', { value: '${nodes.score.result.tags}', equals: ['a', 'b'] }, true],
    ['equals a longer list', { value: '${nodes.score.result.tags}', equals: ['a', 'b', 'c'] }, false],
    ['a list is no object', { value: [], equals: {} }, false],
    ['equals null', { value: '${nodes.score.result.none}', equals: null }, true],
    ['notEquals', { value: score, notEquals: 8 }, true],
    ['not notEquals', { value: score, notEquals: 7 }, false],
    ['gt', { value: score, gt: 6 }, true],
    ['gt of the same', { value: score, gt: 7 }, false],
    ['gte of the same', { value: score, gte: 7 }, true],
    ['lt', { value: score, lt: 8 }, true],
    ['lt of the same', { value: score, lt: 7 }, false],
    ['lte of the same', { value: score, lte: 7 }, true],
    ['an operand by reference', { value: score, gt: '${job.input.least}' }, true],
    ['texts in order', { value: 'b', gt: 'a', lt: 'c' }, true],
    ['no order between a number and a text', { value: 7, gt: '6' }, false],
    ['no order between booleans', { value: true, gt: false }, false],
    ['no order for null', { value: null, gte: null }, false],
    ['in', { value: score, in: [1, 7] }, true],
    ['in, deep', { value: { a: [1] }, in: [{ a: [1] }] }, true],
    ['not in', { value: score, in: [1, 2] }, false],
    ['in what is no list', { value: 'a', in: 'abc' }, false],
    ['contains an entry', { value: '${nodes.score.result.tags}', contains: 'b' }, true],
    ['contains no such entry', { value: '${nodes.score.result.tags}', contains: 'c' }, false],
    ['contains a text', { value: '${nodes.score.result.name}', contains: 'nn' }, true],
    ['a text contains no number', { value: '17', contains: 7 }, false],
    ['startsWith', { value: '${nodes.score.result.name}', startsWith: 'A' }, true],
    ['startsWith not', { value: '${nodes.score.result.name}', startsWith: 'n' }, false],
    ['startsWith of a number', { value: 12, startsWith: '1' }, false],
    ['exists', { value: score, exists: true }, true],
    ['null exists', { value: '${nodes.score.result.none}', exists: true }, true],
    ['exists not', { value: score, exists: false }, false],
    ['several operators that all hold', { value: score, gt: 5, lt: 9, notEquals: 8 }, true],
    ['several operators of which one does not hold', { value: score, gt: 5, lt: 6 }, false],
    ['a default counts as a value', { value: '${nodes.score.result.nothing ?? 3}', equals: 3 }, true],
  ])('%s', (_, condition, holds) => {
    expect(evaluate(condition, scope)).toBe(holds);
  });

  test.each<[string, Condition, boolean]>([
    ['exists: true', { value: absent, exists: true }, false],
    ['exists: false', { value: absent, exists: false }, true],
    ['notEquals', { value: absent, notEquals: 1 }, true],
    ['equals', { value: absent, equals: null }, false],
    ['equals with the absent', { value: absent, equals: absent }, false],
    ['gte', { value: absent, gte: absent }, false],
    ['lt', { value: absent, lt: 1 }, false],
    ['in', { value: absent, in: [null] }, false],
    ['contains', { value: absent, contains: '' }, false],
    ['startsWith', { value: absent, startsWith: '' }, false],
    ['an absent operand', { value: 1, equals: absent }, false],
    ['an unknown node', { value: '${nodes.nobody.result}', equals: 1 }, false],
    ['a malformed reference', { value: '${nobody', exists: false }, true],
  ])('about the absent: %s', (_, condition, holds) => {
    expect(evaluate(condition, scope)).toBe(holds);
  });

  test.each<[Condition, boolean]>([
    [{ all: [yes, yes] }, true],
    [{ all: [yes, no] }, false],
    [{ all: [] }, true],
    [{ any: [no, yes] }, true],
    [{ any: [no, no] }, false],
    [{ any: [] }, false],
    [{ not: no }, true],
    [{ not: { any: [no, { all: [yes, { not: yes }] }] } }, true],
  ])('groups as logic does: %j', (condition, holds) => {
    expect(evaluate(condition, scope)).toBe(holds);
  });

  test('has an answer for values nested deeper than the stack', () => {
    const deep = () => JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as Json;
    const one = deep();
    const other = deep();
    const both: Scope = { ...scope, node: (id) => ({ state: 'succeeded', result: id === 'a' ? one : other }) };
    expect(evaluate({ value: '${nodes.a.result}', equals: '${nodes.b.result}' }, both)).toBe(true);
  });

  test('finds a value equal to its copy and different from any other', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const input = { one, copy: structuredClone(one), other } as Json;
        const from: Scope = { ...scope, job: { ...scope.job, input } };
        const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(evaluate({ value: '${job.input.one}', equals: '${job.input.copy}' }, from)).toBe(true);
        expect(evaluate({ value: '${job.input.one}', equals: '${job.input.other}' }, from)).toBe(isSame);
        expect(evaluate({ value: '${job.input.one}', notEquals: '${job.input.other}' }, from)).toBe(!isSame);
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, each]) => [key, sorted(each)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .concat([['{}', 0]]);
}
