import { describe, expect, test } from '@jest/globals';
import { type BreakerState, defaultPanicFloor, panics } from '../../../shared/policy/breaker/index.ts';

const states = (closed: number, open: number, halfOpen = 0): BreakerState[] => [
  ...Array<BreakerState>(closed).fill('closed'),
  ...Array<BreakerState>(open).fill('open'),
  ...Array<BreakerState>(halfOpen).fill('half_open'),
];

describe('the panic floor of a group', () => {
  test.each([
    ['all are closed', states(4, 0), false],
    ['as many as the floor says let calls through', states(2, 2), false],
    ['fewer do', states(1, 3), true],
    ['none does', states(0, 2), true],
    ['those that only let probes through do not count', states(1, 1, 1), true],
    ['they do not count, and enough others are closed', states(2, 0, 1), false],
  ])('where %s', (_, group, lets) => expect(panics(group, defaultPanicFloor)).toBe(lets));

  test('is what the group says', () => {
    expect(panics(states(3, 1), 0.8)).toBe(true);
    expect(panics(states(4, 1), 0.8)).toBe(false);
    expect(panics(states(1, 9), 0.1)).toBe(false);
  });

  test('is none for a breaker alone: it would never refuse', () => {
    expect(panics(states(0, 1), 1)).toBe(false);
    expect(panics([], 1)).toBe(false);
  });
});
