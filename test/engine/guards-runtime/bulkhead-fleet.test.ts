import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../shared/core/random.ts';
import { runFleet } from './run-fleet.ts';

/** One seed after the other, each another fleet with other troubles. `SEEDS` and `FROM` choose them. */
const seeds = Number(process.env['SEEDS'] ?? 12);
const from = Number(process.env['FROM'] ?? 1);

describe('a fleet that shares a bulkhead', () => {
  test('never holds more than the limit, gives no number twice, answers everybody and rejects nobody who was accepted, whatever happens', async () => {
    const faults: string[] = [];
    let grants = 0;
    for (let seed = from; seed < from + seeds; seed++) {
      const run = await runFleet(seededRandom(seed));
      grants += run.grants;
      faults.push(...run.faults.map((fault) => `seed ${seed}: ${fault}`));
    }
    expect(faults.slice(0, 5)).toEqual([]);
    expect(grants).toBeGreaterThan(seeds * 20);
  }, 60_000);
});
