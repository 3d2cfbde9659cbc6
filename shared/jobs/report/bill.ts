import type { Job } from '../job.ts';
import type { JobState } from '../states.ts';
import { type Cost, costOf } from './cost.ts';
import { factsOf } from './job-facts.ts';
import { type JobUse, useOf } from './job-use.ts';
import type { PriceList } from './prices.ts';
import { type Range, sumOf } from './range.ts';

/** What a job has used on Google Cloud so far, or would have used there, as far as the job itself can tell, and what that costs. */
export interface JobBill extends JobUse {
  readonly jobId: string;
  readonly state: JobState;
  readonly nodes: number;
  readonly attempts: number;
  readonly cost: Readonly<Record<keyof Range, Cost>>;
  readonly region: string;
  readonly pricesAsOf: string;
}

/** What a door is given. */
export const assumptions = { memoryGiB: 0.5 } as const;

export function billOf(job: Job, prices: PriceList, now: number): JobBill {
  const facts = factsOf(job, now);
  const { state, idempotency, parent } = job.header;
  const use = useOf(facts, idempotency !== undefined, parent !== undefined);
  const at = (bound: keyof Range) => costAt(use, bound, prices);
  return {
    jobId: job.id,
    state,
    nodes: facts.nodes,
    attempts: facts.attempts,
    ...use,
    cost: { least: at('least'), likely: at('likely'), most: at('most') },
    region: prices.region,
    pricesAsOf: prices.asOf,
  };
}

/** A message of up to 100 nodes is shorter than the least that is charged for publishing it, and again for pushing it. */
function costAt(use: JobUse, bound: keyof Range, prices: PriceList): Cost {
  const { reads, writes, deletes, messages, requests, instanceSeconds } = use;
  return costOf(
    {
      reads: reads[bound],
      writes: sumOf(Object.values(writes))[bound],
      deletes: deletes[bound],
      pubSubBytes: 2 * prices.pubSubBytesMin * messages[bound],
      requests: requests[bound],
      instanceSeconds: instanceSeconds[bound],
      memoryGiB: assumptions.memoryGiB,
    },
    prices,
  );
}
