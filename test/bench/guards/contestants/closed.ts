import { circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import { type Contestant, fn } from './contestant.ts';
import { Opossum } from './opossum.ts';
import { openOwn } from './own.ts';

/** A breaker that is closed and has a window of ten seconds. */
export const contestants: Readonly<Record<string, Contestant>> = {
  ours: async (redisUrl) => {
    const { breaker } = await openOwn(redisUrl);
    const own = breaker('target');
    return () => own.run(fn);
  },
  /** So many targets, each in its turn, that the calls to none of them are in close succession, and each is timed. */
  'ours, every call timed': async (redisUrl) => {
    const { breaker } = await openOwn(redisUrl);
    const all = Array.from({ length: targets }, (_, target) => breaker(`target-${target}`));
    let turn = 0;
    return () => all[turn++ % targets]!.run(fn);
  },
  'cockatiel SamplingBreaker': () => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 30_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
    });
    return () => breaker.execute(fn);
  },
  'opossum default': () => {
    const breaker = new Opossum(fn);
    return () => breaker.fire();
  },
};

const targets = 5_000;
