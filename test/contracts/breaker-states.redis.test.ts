import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../shared/adapters/machine/random.ts';
import { createRedisBreakerStates } from '../../shared/adapters/redis/breaker-states.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { describeRedis, openTestLink, uniqueName } from '../support/redis.ts';
import { describeBreakerStates } from './breaker-states.suite.ts';

describeRedis('on a real Redis', () => {
  const clock = createMachineClock();
  const skewed = (ms: number): Clock => ({ now: () => clock.now() + ms, sleep: clock.sleep });

  describeBreakerStates('the Redis breakers', () => {
    const prefix = uniqueName();
    const open = (skewMs: number) =>
      createRedisBreakerStates({ link: openTestLink(), clock: skewed(skewMs), random: machineRandom, prefix });
    // Whose clock is wrong by an hour sees no difference.
    return { states: open(0), other: () => open(-3_600_000), pass: (ms) => clock.sleep(ms), close() {} };
  });
});
