import { afterEach, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import { createRedisBreakerStates } from '../../../shared/adapters/redis/breaker-states.ts';
import type { RedisLink } from '../../../shared/adapters/redis/connect.ts';
import { createFleetBreakers, type FleetBreakers } from '../../../shared/engine/guards/fleet-breakers.ts';
import { type BreakerRules, defaultBreakerRules } from '../../../shared/policy/breaker/index.ts';
import { type RunningRedis, startRedis } from '../../support/a-redis.ts';
import { describeRedis, openTestLink, redisUrl, uniqueName } from '../../support/redis.ts';
import { fails, outcomeOf, works } from './a-breaker-fleet.ts';

const clock = createMachineClock();

interface Fleet {
  readonly instances: readonly FleetBreakers[];
  readonly modes: string[];
}

const opened: FleetBreakers[] = [];
let server: RunningRedis | undefined;
afterEach(async () => {
  await Promise.all(opened.splice(0).map((breakers) => breakers.close()));
  await server?.close();
  server = undefined;
});

/** Each with a connection of its own, as processes have. */
async function aFleet(size: number, rules: Partial<BreakerRules>, url = redisUrl()): Promise<Fleet> {
  const prefix = uniqueName();
  const modes: string[] = [];
  const instances = Array.from({ length: size }, (_, place) => {
    const link: RedisLink = openTestLink(url);
    const breakers = createFleetBreakers({
      clock,
      random: machineRandom,
      states: createRedisBreakerStates({ link, clock, random: machineRandom, prefix }),
      instance: `instance-${place}`,
      rulesOf: () => ({ ...defaultBreakerRules, ...rules }),
      report: (error) => {
        throw error;
      },
      tell: (event) => void (event.kind === 'mode' && modes.push(`${event.from} → ${event.to}`)),
    });
    opened.push(breakers);
    return breakers;
  });
  await Promise.all(instances.map((breakers) => breakers.ready()));
  return { instances, modes };
}

async function callAll({ instances }: Fleet, call: () => Promise<string>): Promise<number> {
  const ends = await Promise.all(instances.map((breakers) => outcomeOf(breakers.breaker('pay').run(call))));
  return ends.filter((end) => end !== 'refused').length;
}

/** How long until all say so, or undefined after some seconds. */
async function until(holds: () => boolean, msMost = 5_000): Promise<number | undefined> {
  const since = clock.now();
  while (clock.now() - since < msMost) {
    if (holds()) return clock.now() - since;
    await clock.sleep(1);
  }
  return undefined;
}

const areAll = ({ instances }: Fleet, state: string) =>
  instances.every((breakers) => breakers.breaker('pay').view().state === state);

describeRedis('a fleet of 16 on one Redis', () => {
  test('a target that dies costs one call each, everybody knows within moments, and then one probe a window is made', async () => {
    const rules = { openMs: 400, openMsMost: 400, successes: 1, probes: 1, spreadMs: 200, probeMs: 5_000 };
    const fleet = await aFleet(16, rules);
    for (let round = 0; round < 3; round++) await callAll(fleet, works);
    await clock.sleep(5);
    expect(await callAll(fleet, fails)).toBe(16);
    expect(await until(() => areAll(fleet, 'open'))).toBeLessThan(500);
    expect(await callAll(fleet, fails)).toBe(0);
    let [made, windows] = [0, 0];
    const since = clock.now();
    while (clock.now() - since < 2_500) {
      const probes = await callAll(fleet, fails);
      made += probes;
      windows += Number(probes > 0);
      expect(probes).toBeLessThanOrEqual(1);
      await clock.sleep(10);
    }
    expect(windows).toBeGreaterThanOrEqual(3);
    expect(made).toBeLessThanOrEqual(Math.ceil(2_500 / 320));
    expect(await until(() => areAll(fleet, 'open') || areAll(fleet, 'half_open'))).toBeDefined();
    while (!areAll(fleet, 'closed') && clock.now() - since < 10_000) {
      await callAll(fleet, works);
      await clock.sleep(20);
    }
    expect(areAll(fleet, 'closed')).toBe(true);
  }, 30_000);

  test('Redis killed and back with nothing in it: calls go on, what was open stays so, and it is told once', async () => {
    server = await startRedis();
    const fleet = await aFleet(4, { failures: 4, openMs: 60_000 }, server.url);
    for (const call of [works, fails, fails]) await callAll(fleet, call);
    expect(await until(() => areAll(fleet, 'open'))).toBeDefined();
    await server.kill();
    const other = fleet.instances.map((breakers) => breakers.breaker('other'));
    const since = clock.now();
    while (clock.now() - since < 1_500) {
      const before = clock.now();
      expect((await other[0]!.run(works)).kind).toBe('succeeded');
      expect(clock.now() - before).toBeLessThan(250);
      for (const handle of other) await handle.run(works);
      expect(await callAll(fleet, works)).toBe(0);
      await clock.sleep(20);
    }
    expect(fleet.instances.map(({ modes }) => modes.view.mode)).toEqual(['local', 'local', 'local', 'local']);
    await server.restartEmpty();
    const isBack = () => {
      for (const breakers of fleet.instances) breakers.look();
      return fleet.instances.every(({ modes }) => modes.view.mode === 'shared');
    };
    expect(await until(isBack, 10_000)).toBeDefined();
    await clock.sleep(100);
    expect(areAll(fleet, 'open')).toBe(true);
    expect(await callAll(fleet, works)).toBe(0);
    expect(fleet.modes.sort()).toEqual([...Array(4).fill('local → shared'), ...Array(4).fill('shared → local')]);
  }, 60_000);
});
