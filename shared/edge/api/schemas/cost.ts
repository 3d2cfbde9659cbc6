import { z } from 'zod';
import { jobStates } from '../../../jobs/index.ts';

const range = z.object({ least: z.number(), likely: z.number(), most: z.number() }).meta({
  id: 'Range',
  description: 'Three times the same where it follows from what is stored; else an estimate in its bounds.',
});

const cost = z
  .object({ firestoreUsd: z.number(), pubSubUsd: z.number(), cloudRunUsd: z.number(), totalUsd: z.number() })
  .meta({ id: 'Cost' });

export const bill = z
  .object({
    jobId: z.string(),
    state: z.enum(jobStates),
    nodes: z.number().int(),
    attempts: z.number().int(),
    writes: z.object({
      job: range,
      key: range,
      texts: range,
      pages: range,
      audit: range,
      parcels: range,
      counts: range,
    }),
    deletes: range.describe('By the TTL, when the retention is over.'),
    reads: range,
    messages: range,
    requests: range,
    instanceSeconds: range.describe('Of Cloud Run, without what handlers and targets take.'),
    cost: z.object({ least: cost, likely: cost, most: cost }),
    region: z.string(),
    pricesAsOf: z.string(),
  })
  .meta({ id: 'Bill' });
