import {
  bulkhead,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { type Contestant, fn } from './contestant.ts';
import { benchLeaseMs, openOwn } from './own.ts';

/** Retry, breaker, deadline and bulkhead around one call that succeeds. */
export const contestants: Readonly<Record<string, Contestant>> = {
  ours: async (redisUrl) => {
    const { guard } = await openOwn(redisUrl);
    const run = guard('target', {
      deadline: 30_000,
      bulkhead: { limit: 64, queueMost: 64, leaseMs: benchLeaseMs },
      breaker: { failures: 0, failureRate: 0.5, window: { kind: 'time', ms: 10_000 } },
      retry: { maxAttempts: 4 },
    });
    return () => run(fn);
  },
  'cockatiel wrap': () => {
    const policy = wrap(
      retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
      circuitBreaker(handleAll, {
        halfOpenAfter: 30_000,
        breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
      }),
      timeout(30_000, TimeoutStrategy.Cooperative),
      bulkhead(64, 64),
    );
    return () => policy.execute(fn);
  },
};
