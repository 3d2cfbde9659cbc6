import { expect, test } from '@jest/globals';
import { runWorld } from './run-world.ts';
import { settingsOfSeed } from './settings.ts';

test('jobs do go on after their end in these worlds, from nodes that were named and with other specs, and some are asked too late', async () => {
  const seen = { redriven: 0, named: 0, corrected: 0, lists: 0, live: 0 };
  let asked = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const { trace, failures } = await runWorld({ ...settingsOfSeed(seed), redrives: true });
    expect([seed, ...failures]).toEqual([seed]);
    for (const line of trace) {
      if (line.includes(' is asked: redrive ')) asked++;
      if (!line.includes(' stores ') || !line.includes(' redriven because ')) continue;
      seen.redriven++;
      if (line.includes('named nodes')) seen.named++;
      if (line.includes('with a corrected spec')) seen.corrected++;
      if (line.includes('its list is made anew')) seen.lists++;
      if (/reset \S+ \d+ → blocked/.test(line) && !/v\d+ \w+, .*redriven.*\(job (queued|waiting)\)/.test(line))
        seen.live++;
    }
  }
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(5);
  expect(asked).toBeGreaterThan(seen.redriven);
}, 60_000);
