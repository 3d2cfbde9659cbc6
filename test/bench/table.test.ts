import { describe, expect, test } from '@jest/globals';
import { figureOf } from './figure.ts';
import { numberText, tableOf } from './table.ts';

describe('the table', () => {
  const figures = [
    figureOf('steps', [11_000, 12_345], { unit: 'steps/s', better: 'higher', goal: 12_000 }),
    figureOf('start', [0.25], { unit: 'ms', better: 'lower' }),
  ];

  test('shows value, goal, verdict and spread of each figure in columns', () => {
    const [head, rule, ...lines] = tableOf({ figures, skipped: [] }).split('\n');
    expect(head).toMatch(/^figure +value +goal +spread$/);
    expect(rule).toMatch(/^-+$/);
    expect(lines).toEqual(['steps   11,673 steps/s  ≥ 12,000  missed  11,000 – 12,345', 'start         0.250 ms', '']);
  });

  test('says in words what was skipped', () => {
    const skipped = [{ name: 'W3', because: 'there is no recording' }];
    expect(tableOf({ figures, skipped })).toMatch(/\nW3: skipped: there is no recording\n$/);
  });
});

test.each([
  [0, '0'],
  [0.04321, '0.0432'],
  [1.1499, '1.15'],
  [187.4, '187'],
  [12_345.6, '12,346'],
  [1_234_567, '1,234,567'],
  [Number.NaN, 'NaN'],
])('%d reads %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});
