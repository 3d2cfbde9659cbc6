import { expect, test } from '@jest/globals';
import { runWorld } from './run-world.ts';
import { settingsOfSeed } from './settings.ts';

test('operators do make and cancel retries in these worlds, and some come too late', async () => {
  const stored = { retriedNow: 0, retryCancelled: 0 };
  let asked = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const { trace, failures } = await runWorld({ ...settingsOfSeed(seed), operators: true, batches: false });
    expect([seed, ...failures]).toEqual([seed]);
    for (const line of trace) {
      if (/is asked: (retry now|cancel the retry) of/.test(line)) asked++;
      for (const event of ['retriedNow', 'retryCancelled'] as const)
        if (line.includes(' stores ') && line.includes(`${event} `)) stored[event]++;
    }
  }
  expect(stored.retriedNow).toBeGreaterThan(20);
  expect(stored.retryCancelled).toBeGreaterThan(1);
  expect(asked).toBeGreaterThan(stored.retriedNow + stored.retryCancelled);
}, 30_000);
