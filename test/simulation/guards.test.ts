import { expect, test } from '@jest/globals';
import { runWorld } from './run-world.ts';
import { settingsOfSeed } from './settings.ts';

test('guards of targets do keep nodes waiting in these worlds, and all jobs end as lawfully', async () => {
  const told = { budget: 0, breaker: 0, bulkhead: 0 };
  for (let seed = 1; seed <= 250; seed++) {
    const { trace, failures } = await runWorld(settingsOfSeed(seed));
    expect([seed, ...failures]).toEqual([seed]);
    for (const line of trace) {
      told.budget += line.split('over the retry budget of').length - 1;
      told.breaker += line.split(/the breaker of \S+ is open/).length - 1;
      told.bulkhead += line.split(/the bulkhead \S+ is full/).length - 1;
    }
  }
  expect(told.budget).toBeGreaterThan(20);
  expect(told.breaker).toBeGreaterThan(0);
  expect(told.bulkhead).toBeGreaterThan(0);
}, 30_000);
