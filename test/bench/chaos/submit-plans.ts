import type { Clock } from '../../../shared/core/clock.ts';
import { clientOf } from '../../cloud/client.ts';
import type { Plan } from './plans.ts';
import { sizes } from './sizes.ts';

/** A job that was accepted, and what it must come to. */
export interface Accepted {
  readonly jobId: string;
  readonly plan: Plan;
}

/** A quarter of a second apart: as long as everything else is waited for. */
const triesMost = sizes.patienceMs / 250;

/** One after the other at this pace, each for as long as it takes until somebody accepts it under its key. */
export async function submitPlans(
  clock: Clock,
  url: string,
  plans: readonly Plan[],
  perSecond: number,
): Promise<readonly Accepted[]> {
  const client = clientOf(url, clock, triesMost);
  const begun = clock.now();
  return Promise.all(
    plans.map(async (plan, place): Promise<Accepted> => {
      await clock.sleep(begun + (place * 1_000) / perSecond - clock.now());
      return { jobId: await client.submit(plan.document, plan.name), plan };
    }),
  );
}
