import { describe, expect, test } from '@jest/globals';
import { runMany } from './run-many.ts';
import { runWorld, type WorldReport } from './run-world.ts';
import { settingsOfSeed, type WorldSettings } from './settings.ts';
import { shapes } from './shapes/named.ts';
import { shrink } from './shrink.ts';

describe('worlds in which everything goes wrong that can', () => {
  test('J1–J9: 600 seeds over all shapes end as they must, and every step on the way is lawful', async () => {
    const failures: string[] = [];
    const sum = await runMany(1, 600, ({ settings, failures: those }) => {
      failures.push(`seed ${settings.seed}: ${those[0]}`);
    });
    expect(failures).toEqual([]);
    expect(sum.worlds).toBe(600);
    expect(sum.crashes).toBeGreaterThan(300);
    expect(sum.conflicts).toBeGreaterThan(200);
  }, 60_000);

  test('J4: the sweep alone finishes every job when no message and no alarm arrives', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { failures } = await runWorld({ ...settingsOfSeed(seed), deaf: true });
      expect([seed, ...failures]).toEqual([seed]);
    }
  }, 30_000);

  test('neighbouring seeds have different shapes', () => {
    const seen = new Set(Array.from({ length: 20 }, (_, seed) => settingsOfSeed(seed).shapes[0]));
    expect(seen.size).toBe(Object.keys(shapes).length);
  });

  test.each([8, 1_234])('seed %i gives the same trace again', async (seed) => {
    const [one, other] = [await runWorld(settingsOfSeed(seed)), await runWorld(settingsOfSeed(seed))];
    expect(one.trace.length).toBeGreaterThan(5);
    expect(other.trace).toEqual(one.trace);
    expect(other.fingerprint).toBe(one.fingerprint);
  });

  test('a world that fails is shrunk to the faults that it needs', async () => {
    const shrunk = await shrink(await failsOnDeaths(settingsOfSeed(4_873)), failsOnDeaths);
    expect(shrunk.failures).toEqual(['somebody died']);
    expect(shrunk.injected.map(({ kind }) => kind)).toEqual(['diesAfter']);
  }, 30_000);
});

/** A law that only deaths after a call break. */
async function failsOnDeaths(settings: WorldSettings): Promise<WorldReport> {
  const report = await runWorld(settings);
  const died = report.injected.some(({ kind }) => kind === 'diesAfter');
  return { ...report, failures: died ? ['somebody died'] : [] };
}
