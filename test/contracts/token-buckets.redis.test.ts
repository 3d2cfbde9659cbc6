import { afterAll, expect, test } from '@jest/globals';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { createRedisTokenBuckets } from '../../shared/adapters/redis/token-buckets.ts';
import { startRedis } from '../support/a-redis.ts';
import { describeRedis, openTestLink, uniqueName } from '../support/redis.ts';
import { describeTokenBuckets } from './token-buckets.suite.ts';

const clock = createMachineClock();

describeRedis('on a real Redis', () => {
  describeTokenBuckets('token buckets', () => {
    const prefix = uniqueName();
    let names = 0;
    return {
      buckets: createRedisTokenBuckets(openTestLink(), prefix),
      other: createRedisTokenBuckets(openTestLink(), prefix),
      name: () => `bucket ${names++}`,
      now: clock.now,
      wait: (ms) => clock.sleep(ms),
      close() {},
    };
  });
});

describeRedis('token buckets of a Redis that comes and goes', () => {
  const servers: { close(): Promise<void> }[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  test('give no burst anew when Redis has lost what it knew, and fail with a coded error while it is away', async () => {
    const redis = await startRedis();
    servers.push(redis);
    const buckets = createRedisTokenBuckets(openTestLink(redis.url), uniqueName());
    const take = async () => (await buckets.take([{ bucket: 'b', perSecond: 1, burst: 50, tokens: 50 }]))[0]!.granted;
    expect(await take()).toBeLessThan(5);
    await redis.kill();
    await expect(take()).rejects.toMatchObject({ code: 'redis_unavailable' });
    await redis.restartEmpty();
    let after: number | undefined;
    while (after === undefined) {
      after = await take().catch(() => undefined);
      await clock.sleep(20);
    }
    expect(after).toBeLessThan(5);
  });
});
