import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { runEmbedded } from '../../bench/chaos/embedded.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'breakwater-chaos-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** `npm run bench -- chaos` in small. */
test('J8: with calls that fail and hang, and a kill -9 every 2 s, every job ends as it must, and the store alone says so', async () => {
  const shares = { failing: 0.3, hanging: 0.05 };
  const options = { clock: createMachineClock(), seed: 4, jobs: 40, perSecond: 8, ownShapesOnly: true };
  const { verdict, lives, losses, retries, strangers } = await runEmbedded({ ...options, shares, dir });
  const { lost, stuck, doubleSettled, unlawful, failedWithoutTale } = verdict;
  expect({ lost, stuck, doubleSettled, unlawful, failedWithoutTale, strangers }).toEqual({
    lost: [],
    stuck: [],
    doubleSettled: [],
    unlawful: [],
    failedWithoutTale: [],
    strangers: [],
  });
  expect({ completed: verdict.completed, ...verdict.failed }).toEqual({
    completed: verdict.completable,
    asTheyMust: 40 - verdict.completable,
    outOfAttempts: 0,
  });
  // Otherwise nothing was tried.
  expect(verdict.completable).toBeLessThan(40);
  expect(lives.length).toBeGreaterThan(2);
  expect(losses.length).toBeGreaterThan(0);
  expect(retries.length).toBeGreaterThan(0);
}, 150_000);
