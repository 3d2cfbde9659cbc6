import { circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import { Opossum } from './opossum.ts';
import { openOwn } from './own.ts';

/** A breaker that opens when half of the calls in its window fail. Whether a call fails is said with it, and its failure is caught. */
export interface Windowed {
  call(fails: boolean): Promise<unknown>;
  isOpen(): boolean;
}

export const windowed: Readonly<Record<string, (redisUrl: string) => Promise<Windowed> | Windowed>> = {
  cockatiel: () => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 30_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: windowMs }),
    });
    let opened = false;
    breaker.onBreak(() => {
      opened = true;
    });
    return { call: (fails) => breaker.execute(() => work(fails)).catch(ignore), isOpen: () => opened };
  },
  opossum: () => opossum(true),
  'no breaker': () => ({ call: (fails) => work(fails).catch(ignore), isOpen: () => false }),
  ours: (redisUrl) => ours(redisUrl, false),
  'ours, early': (redisUrl) => ours(redisUrl, true),
  'opossum without percentiles': () => opossum(false),
};

async function ours(redisUrl: string, early: boolean): Promise<Windowed> {
  const { breaker } = await openOwn(redisUrl);
  const window = { kind: 'time', ms: windowMs } as const;
  const own = breaker(`target-${++targets}`, {
    failures: 0,
    window,
    failureRate: 0.5,
    slowRate: 0.5,
    slowMs: 1_000,
    early,
  });
  return {
    call: (fails) => own.run(() => work(fails)).catch(ignore),
    isOpen: () => own.view().state === 'open',
  };
}

function opossum(rollingPercentilesEnabled: boolean): Windowed {
  let fails = false;
  const breaker = new Opossum(() => work(fails), { rollingCountTimeout: windowMs, rollingPercentilesEnabled });
  return {
    call(doesFail) {
      fails = doesFail;
      return breaker.fire().catch(ignore);
    },
    isOpen: () => breaker.opened,
  };
}

/** What one has counted must not be another's. */
let targets = 0;

/** Nothing must leave it while it is measured. */
const windowMs = 60_000;

async function work(fails: boolean): Promise<void> {
  if (fails) throw gone;
}

const gone = new Error('the target has gone');

function ignore(): void {}
