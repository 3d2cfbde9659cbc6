import { seededRandom } from '../../../../shared/core/random.ts';
import { closeBreaker, createBreaker, record, resolveBreakerSpec } from '../../../../shared/policy/breaker/index.ts';

export interface TripsGiven {
  readonly calls: number;
  /** Of the target, when it is well. */
  readonly errorRate: number;
  /** What the breaker tolerates. */
  readonly failureRate: number;
  readonly seed: number;
}

/** How often early detection opens at a target that is as well as ever: a call a millisecond, and each time it opens it is closed by hand. */
export async function measure({ calls, errorRate, failureRate, seed }: TripsGiven): Promise<number> {
  const spec = { early: true, failures: 0, failureRate, window: { kind: 'time', ms: 10_000 } } as const;
  const resolved = resolveBreakerSpec(spec);
  if (resolved.kind === 'faults') throw new Error(JSON.stringify(resolved.faults));
  const random = seededRandom(seed);
  const breaker = createBreaker();
  let trips = 0;
  for (let now = 0; now < calls; now++) {
    const outcome = random.next() < errorRate ? 'failed' : 'succeeded';
    record(breaker, resolved.rules, outcome, now, random.next, 1);
    if (breaker.outage === undefined) continue;
    trips++;
    closeBreaker(breaker);
  }
  return trips;
}
