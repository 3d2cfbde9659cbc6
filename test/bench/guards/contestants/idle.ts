import { ConsecutiveBreaker, circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import { fn } from './contestant.ts';
import { Opossum } from './opossum.ts';
import { openOwn } from './own.ts';

/** Makes breakers of different targets; `isCalled` ones see one success each. */
export const idle: Readonly<Record<string, (redisUrl: string) => Promise<Maker> | Maker>> = {
  'cockatiel SamplingBreaker': () => async (_, isCalled) => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 30_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
    });
    if (isCalled) await breaker.execute(fn);
    return breaker;
  },
  ours: async (redisUrl) => {
    const { breaker } = await openOwn(redisUrl);
    return async (name, isCalled) => {
      const own = breaker(name);
      if (isCalled) await own.run(fn);
      return own;
    };
  },
  'cockatiel ConsecutiveBreaker': () => async (_, isCalled) => {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
    if (isCalled) await breaker.execute(fn);
    return breaker;
  },
  'opossum default': () => async (_, isCalled) => {
    const breaker = new Opossum(fn);
    if (isCalled) await breaker.fire();
    return breaker;
  },
};

export type Maker = (name: string, isCalled: boolean) => Promise<unknown>;
