import { expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import { createRedisBreakerStates } from '../../../shared/adapters/redis/breaker-states.ts';
import { describeRedis, openTestLink, uniqueName } from '../../support/redis.ts';
import { gapsIn, interleave } from './interleave-breakers.ts';

/** `TEST_BREAKER_OPENINGS=10000` for a long run. */
const openings = Number(process.env['TEST_BREAKER_OPENINGS'] ?? 500);
const seed = Number(process.env['TEST_BREAKER_SEED'] ?? 1);

describeRedis('instances that all speak at once', () => {
  test(`get exactly as many probes as the rules say in ${openings} openings, and no transition is lost or told twice`, async () => {
    const prefix = uniqueName();
    const clock = createMachineClock();
    const instances = Array.from({ length: 5 }, () =>
      createRedisBreakerStates({ link: openTestLink(), clock, random: machineRandom, prefix }),
    );
    const names = Array.from({ length: 25 }, (_, at) => `target ${at}`);
    const run = await interleave(instances, names, openings, seed);
    expect(run.faults).toEqual([]);
    expect(run.openings).toBeGreaterThanOrEqual(openings);
    expect(gapsIn(run)).toEqual([]);
    expect(run.drained.size).toBeGreaterThan(openings * 2);
    expect(await instances[0]!.transitions([], 10)).toEqual([]);
  }, 600_000);
});
