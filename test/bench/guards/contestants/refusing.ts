import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { type Contestant, failing, fn } from './contestant.ts';
import { Opossum } from './opossum.ts';
import { openOwn } from './own.ts';

/** A breaker that is open: what it refuses with is caught. */
export const contestants: Readonly<Record<string, Contestant>> = {
  ours: async (redisUrl) => {
    const own = await openOwn(redisUrl);
    const breaker = own.breaker('target', { failures: 1, openMs: longMs });
    while (breaker.view().state === 'closed') await breaker.run(failing).catch(ignore);
    return () => breaker.run(fn);
  },
  cockatiel: async () => {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: longMs, breaker: new ConsecutiveBreaker(1) });
    await breaker.execute(failing).catch(ignore);
    return () => breaker.execute(fn).catch(ignore);
  },
  opossum: () => {
    const breaker = new Opossum(fn, { resetTimeout: longMs });
    breaker.open();
    return () => breaker.fire().catch(ignore);
  },
};

const longMs = 3_600_000;

function ignore(): void {}
