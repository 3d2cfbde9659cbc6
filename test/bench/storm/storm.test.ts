import { describe, expect, test } from '@jest/globals';
import { callsPerFirst } from './measures.ts';
import { type Storm, weather } from './storm.ts';

const storm = (more: Partial<Storm>): Storm => ({
  seed: 1,
  nodesPerJob: 50,
  jobs: 20,
  everySeconds: 1,
  seconds: 20,
  retry: { strategy: 'exponential', delay: '1s', maxAttempts: 100 },
  options: { retryBudget: { share: 0.2, floor: 0.1 } },
  sickness: () => 0.5,
  ...more,
});

describe('a storm', () => {
  test('is weathered by the real engine: the budget bounds the calls, and without it there are far more', async () => {
    const guarded = await weather(storm({}));
    const free = await weather(storm({ options: { retryBudget: { share: 1_000, floor: 1e9 } } }));
    expect(callsPerFirst(guarded.calls)).toBeLessThanOrEqual(1.2);
    expect(callsPerFirst(guarded.calls)).toBeGreaterThan(1.02);
    expect(callsPerFirst(free.calls)).toBeGreaterThan(1.5);
    expect([...guarded.reports, ...free.reports]).toEqual([]);
  });

  test('is the same for the same seed', async () => {
    const small = storm({ jobs: 3 });
    expect((await weather(small)).calls).toEqual((await weather(small)).calls);
    expect((await weather(small)).calls).not.toEqual((await weather({ ...small, seed: 2 })).calls);
  });

  test('of a target that is away costs few calls where nodes wait for its breaker, and all jobs end well', async () => {
    const away = storm({
      retry: { strategy: 'circuit_breaker', delay: '1s', maxAttempts: 20 },
      options: {},
      seconds: 3_600,
      sickness: (second) => Number(second >= 5 && second < 200),
    });
    const { calls, jobsDone } = await weather(away);
    expect(jobsDone).toBe(away.jobs);
    expect(callsPerFirst(calls)).toBeLessThan(1.06);
  });
});
