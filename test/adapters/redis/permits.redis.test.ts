import { afterAll, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { createRedisPermits } from '../../../shared/adapters/redis/permits.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { aWish } from '../../contracts/permits.suite.ts';
import { walkPermits } from '../../contracts/walk-permits.ts';
import { startRedis } from '../../support/a-redis.ts';
import { describeRedis, openTestLink, redisUrl, uniqueName } from '../../support/redis.ts';

const clock = createMachineClock();
const servers: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

async function ownServer() {
  const server = await startRedis();
  servers.push(server);
  return server;
}

describeRedis('permits in Redis', () => {
  test('P1, P2: instances that ask at the same time never hold more than the limit, get no number twice, and nobody is forgotten', async () => {
    const links = [openTestLink(), openTestLink(), openTestLink(), openTestLink()];
    const stores = links.map((link) => createRedisPermits(link, clock));
    // A server that was started a moment ago gives nothing yet.
    await clock.sleep(Math.max(0, 3_500 - performance.now()));
    const faults: string[] = [];
    let grants = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const walk = await walkPermits(stores, uniqueName(), seededRandom(seed), 30);
      faults.push(...walk.faults.map((fault) => `seed ${seed}: ${fault}`));
      grants += walk.grants;
    }
    expect(faults.slice(0, 5)).toEqual([]);
    expect(grants).toBeGreaterThan(500);
  }, 30_000);

  test('a script that Redis has forgotten is sent again', async () => {
    const link = openTestLink();
    const permits = createRedisPermits(link, clock);
    const pool = uniqueName();
    await permits.ask('a', [aWish(pool)]);
    const client = createClient({ url: redisUrl() });
    await client.connect();
    await client.sendCommand(['SCRIPT', 'FLUSH']);
    await client.close();
    const [answer] = await permits.ask('a', [aWish(pool, { limit: 3 })]);
    expect(answer).toMatchObject({ inUse: 0, depth: 0 });
  });

  test('P5: a server that was started within a lease gives nothing, since it may have been there before', async () => {
    const server = await ownServer();
    const permits = createRedisPermits(openTestLink(server.url), clock);
    const [answer] = await permits.ask('a', [aWish('p', { wanted: 1, leaseMs: 3_000 })]);
    expect(answer).toMatchObject({ granted: [], depth: 1 });
    expect(answer!.warmingMs).toBeGreaterThan(500);
    await clock.sleep(answer!.warmingMs + 5);
    const [after] = await permits.ask('a', [aWish('p', { waiting: 1, leaseMs: 3_000 })]);
    expect(after!.granted).toHaveLength(1);
  });

  test('P6: what a stopped server finds when it goes on is not done any more', async () => {
    const server = await ownServer();
    const [one, other] = [openTestLink(server.url), openTestLink(server.url)].map((link) =>
      createRedisPermits(link, clock),
    );
    await clock.sleep(1_500);
    await one!.ask('a', [aWish('p', { wanted: 0, leaseMs: 300 })]);
    server.stop();
    const asked = one!.ask('a', [aWish('p', { wanted: 1, leaseMs: 5_000 })]);
    await expect(asked).rejects.toMatchObject({ code: 'redis_unavailable' });
    await clock.sleep(300);
    server.go();
    for (let tries = 0; tries < 50; tries++) {
      const answers = await other!.ask('b', [aWish('p', { leaseMs: 300 })]).catch(() => undefined);
      if (answers) {
        expect(answers[0]).toMatchObject({ inUse: 0, depth: 0 });
        return;
      }
      await clock.sleep(100);
    }
    throw new Error('Redis did not come back');
  }, 15_000);
});
