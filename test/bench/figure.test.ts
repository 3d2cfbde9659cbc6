import { describe, expect, test } from '@jest/globals';
import { figureOf, verdictOf } from './figure.ts';

describe('a figure', () => {
  test('is the median of its rounds and keeps how far they lay apart', () => {
    const figure = figureOf('speed', [30, 10, 20], { unit: 'steps/s', better: 'higher', goal: 15 });
    expect(figure).toEqual({ name: 'speed', value: 20, unit: 'steps/s', goal: 15, better: 'higher', spread: [10, 30] });
  });

  test('of one round has no spread, and none that is only shown beside has a goal', () => {
    expect(figureOf('age', [7], { unit: 'ms', better: 'lower' })).toEqual({
      name: 'age',
      value: 7,
      unit: 'ms',
      goal: null,
      better: 'lower',
    });
  });

  test.each([
    ['lower', 10, 'met'],
    ['lower', 10.1, 'missed'],
    ['higher', 10, 'met'],
    ['higher', 9.9, 'missed'],
  ] as const)('with a goal of 10 and %s better has it %s: %s', (better, value, verdict) => {
    expect(verdictOf({ name: 'x', value, unit: '', goal: 10, better })).toBe(verdict);
  });

  test('without a goal is neither met nor missed', () => {
    expect(verdictOf({ name: 'x', value: 1, unit: '', goal: null, better: 'lower' })).toBeUndefined();
  });
});
