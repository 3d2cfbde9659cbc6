import type { Clock } from '../../../shared/core/clock.ts';
import { clientOf } from '../../cloud/client.ts';
import type { Plan } from './plans.ts';

/** A job that was accepted, and what it must come to. */
export interface Accepted {
  readonly jobId: string;
  readonly plan: Plan;
}

/** One after the other at this pace, each for as long as it takes until somebody accepts it under its key. */
export async function submitPlans(
  clock: Clock,
  url: string,
  plans: readonly Plan[],
  perSecond: number,
): Promise<readonly Accepted[]> {
  const client = clientOf(url, clock);
  const begun = clock.now();
  return Promise.all(
    plans.map(async (plan, place): Promise<Accepted> => {
      await clock.sleep(begun + (place * 1_000) / perSecond - clock.now());
      return { jobId: await client.submit(plan.document, plan.name), plan };
    }),
  );
}
