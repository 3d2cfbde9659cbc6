import { afterAll, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { createRedisPermits } from '../../../shared/adapters/redis/permits.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { type Bulkheads, createBulkheads } from '../../../shared/engine/guards/bulkheads.ts';
import type { BulkheadRules } from '../../../shared/policy/bulkhead/index.ts';
import { type RunningRedis, startRedis } from '../../support/a-redis.ts';
import { describeRedis, openTestLink } from '../../support/redis.ts';
import { judgePermits } from './permit-judge.ts';

const clock = createMachineClock();
const rules: BulkheadRules = { limit: 5, queueMost: 50, ageMs: 1_000, leaseMs: 1_600 };
let redis: RunningRedis | undefined;
afterAll(() => redis?.close());

/** Three instances with ten workers each, while things happen to the server that they share. */
async function underLoad(troubles: (server: RunningRedis) => Promise<void>) {
  redis ??= await startRedis();
  const server = redis;
  await clock.sleep(Math.max(0, 3_500 - performance.now()));
  const random = seededRandom(7);
  const judge = judgePermits(clock.now, () => rules.limit);
  const fleet = Array.from({ length: 3 }, (_, at) => {
    const permits = createRedisPermits(openTestLink(server.url), clock);
    const quiet = { report() {}, tell() {} };
    return createBulkheads({ clock, permits, instance: `i${at}-${clock.now()}`, rulesOf: () => rules, ...quiet });
  });
  const state = { isOver: false, since: 0 };
  const work = async (bulkheads: Bulkheads, name: string) => {
    const pool = bulkheads.bulkhead('chaos');
    while (!state.isOver) {
      const permit = await pool.acquire();
      if (permit.kind === 'refused') {
        await clock.sleep(20);
        continue;
      }
      judge.begun(name, permit);
      await clock.sleep(random.next() * (random.next() < 0.05 ? 500 : 20));
      judge.ended(permit);
      permit.release();
      state.since++;
    }
  };
  const workers = fleet.flatMap((bulkheads, at) => Array.from({ length: 10 }, () => work(bulkheads, `i${at}`)));
  await clock.sleep(1_300);
  await troubles(server);
  await clock.sleep(3 * rules.leaseMs);
  state.since = 0;
  await clock.sleep(500);
  state.isOver = true;
  await Promise.all(workers);
  const views = fleet.map((bulkheads) => bulkheads.bulkhead('chaos').view());
  await Promise.all(fleet.map((bulkheads) => bulkheads.close()));
  return { judge, callsAfter: state.since, views };
}

describeRedis('a fleet under load', () => {
  test.each([
    ['comes back empty at once', async (server: RunningRedis) => server.restartEmpty()],
    [
      'is stopped for longer than a lease',
      async (server: RunningRedis) => {
        server.stop();
        await clock.sleep(2 * rules.leaseMs);
        server.go();
      },
    ],
    [
      'is killed, and comes back empty after two leases',
      async (server: RunningRedis) => {
        await server.kill();
        await clock.sleep(2 * rules.leaseMs);
        await server.restartEmpty();
      },
    ],
  ])(
    'holds no more than the limit while Redis %s, and goes on as before',
    async (_, troubles) => {
      const { judge, callsAfter, views } = await underLoad(troubles);
      expect(judge.faults.slice(0, 5)).toEqual([]);
      expect(judge.heldMost).toBe(rules.limit);
      expect(callsAfter).toBeGreaterThan(20);
      expect(views.map(({ share }) => share)).toEqual([undefined, undefined, undefined]);
    },
    60_000,
  );
});
