import { expect, test } from '@jest/globals';
import { startRedis } from '../support/a-redis.ts';
import { describeRedis } from '../support/redis.ts';
import { startCommand } from './a-process.ts';

describeRedis('start with a Redis', () => {
  test('says when it is lost, and when it is there again', async () => {
    const redis = await startRedis();
    const env = { PORT: '0', BREAKWATER_STORE: 'memory', BREAKWATER_REDIS_URL: redis.url };
    const running = startCommand(['start'], env);
    await running.whenOut('\n');
    await redis.kill();
    await running.whenErr('guards go on without Redis');
    await redis.restartEmpty();
    await running.whenErr("breakwater: guards are the fleet's again");
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
    await redis.close();
  });
});
