import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeRedis } from '../../support/redis.ts';
import { runChaos } from './story.ts';
import { judge, type Verdict } from './verdict.ts';

/** A lease is longer than it takes to find Redis again: what an instance uses without Redis is its own for so long. */
const setting = {
  limit: 6,
  queueMost: 1_000,
  leaseMs: 2_200,
  holdMs: 10,
  failures: 5,
  openMs: 200,
  poolWorkers: 8,
  targetWorkers: 4,
};

/** `npm run bench -- guards-chaos` does all of it, and longer. */
const acts = [
  'target dead',
  'target well again',
  'instance stopped',
  'instance killed',
  'Redis stopped',
  'target dead without Redis',
] as const;

describeRedis(
  'three processes with skewed clocks, of which one is stopped and one killed, and whose Redis is stopped and lost',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'breakwater-chaos-'));
    afterAll(() => rmSync(dir, { recursive: true, force: true }));
    let verdict: Verdict;
    beforeAll(async () => {
      verdict = judge(await runChaos({ setting: { ...setting, dir }, rounds: 1, acts, phaseMs: 700 }));
    }, 60_000);

    test('never hold more permits together than the limit', () => {
      expect(verdict.heldMost.count).toBeLessThanOrEqual(setting.limit);
      expect(verdict.heldMost.count).toBeGreaterThanOrEqual(setting.limit - 1);
    });

    test('have all permits in use again after one was killed or stopped: those it had, and any that it was given and never heard of', () => {
      for (const ms of verdict.backMs) expect(ms).toBeLessThan(2 * setting.leaseMs + 500);
    });

    test('send one probe at a time to a target that is dead, one each time that the breaker is half open', () => {
      expect(verdict.halfOpens).toBeGreaterThan(0);
      expect(verdict.probesAtOnce).toBe(1);
      expect(verdict.probesPerHalfOpen).toBe(1);
    });

    test('lose no transition', () => {
      expect(verdict.kept).toBeGreaterThan(3);
      expect(verdict.lost).toEqual([]);
    });

    test('go on calling', () => {
      expect(verdict.breakerSilence.ms).toBeLessThan(1_500);
      expect(verdict.poolSilence.ms).toBeLessThan(setting.leaseMs + 3_000);
    });

    test('say when they go on without Redis, and when with it again', () => {
      expect(verdict.modeFaults).toEqual([]);
    });
  },
);
