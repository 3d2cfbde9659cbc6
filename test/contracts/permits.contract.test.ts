import { describe, expect, test } from '@jest/globals';
import { createMemoryPermits } from '../../shared/adapters/memory/permits.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { handClock } from '../support/hand-clock.ts';
import { describePermits } from './permits.suite.ts';
import { walkPermits } from './walk-permits.ts';

describePermits('the permits in memory', async () => {
  const clock = handClock();
  const permits = createMemoryPermits(clock);
  return {
    open: async () => permits,
    pass: (ms) => clock.advance(ms),
    hear: () => clock.advance(0),
    async close() {},
  };
});

describe('permits in memory, asked at random', () => {
  test('P1, P2: never more than the limit are held, no number is given twice, and nobody who waits is forgotten', async () => {
    const faults: string[] = [];
    let grants = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const permits = createMemoryPermits(handClock());
      const walk = await walkPermits([permits, permits, permits], 'p', seededRandom(seed), 40);
      faults.push(...walk.faults.map((fault) => `seed ${seed}: ${fault}`));
      grants += walk.grants;
    }
    expect(faults.slice(0, 5)).toEqual([]);
    expect(grants).toBeGreaterThan(1_000);
  });
});
