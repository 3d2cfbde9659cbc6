import { expect, test } from '@jest/globals';
import { runWorld } from './run-world.ts';
import { settingsOfSeed } from './settings.ts';

test('batches do act in these worlds, some engines die in the midst of them, and some are stopped', async () => {
  const seen = { paused: 0, resumed: 0, retriedNow: 0, stopped: 0, lost: 0 };
  for (let seed = 1; seed <= 150; seed++) {
    const { trace, failures } = await runWorld({ ...settingsOfSeed(seed), operators: false, batches: true });
    expect([seed, ...failures]).toEqual([seed]);
    for (const line of trace) {
      if (line.includes(' is asked: stop to ')) seen.stopped++;
      if (/ dies: (?:before|after) batches\.write/.test(line)) seen.lost++;
      for (const event of ['paused', 'resumed', 'retriedNow'] as const)
        if (line.includes(' stores ') && line.includes(`${event} `)) seen[event]++;
    }
  }
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(5);
}, 60_000);
