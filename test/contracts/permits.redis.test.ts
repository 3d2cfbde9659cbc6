import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { createRedisPermits } from '../../shared/adapters/redis/permits.ts';
import { describeRedis, openTestLink } from '../support/redis.ts';
import { describePermits } from './permits.suite.ts';

const clock = createMachineClock();

describeRedis('Redis', () => {
  describePermits('the permits in Redis', async () => {
    // A server that was started a moment ago gives nothing yet: it might be one that was restarted.
    const links = [openTestLink()];
    await clock.sleep(Math.max(0, 2_000 - performance.now()));
    return {
      async open() {
        const link = openTestLink();
        links.push(link);
        return createRedisPermits(link, clock);
      },
      pass: (ms) => clock.sleep(ms),
      hear: () => clock.sleep(30),
      async close() {
        await Promise.all(links.map((link) => link.close()));
      },
    };
  });
});
