import { z } from 'zod';
import { billOf, priceLists } from '../../../jobs/report/index.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { bill } from '../schemas/cost.ts';
import { jobId } from '../schemas/parameters.ts';
import { withJob } from './with-job.ts';

const regions = Object.values(priceLists);

export const getCost = defineRoute({
  name: 'getCost',
  method: 'GET',
  path: '/api/v3/jobs/{job}/cost',
  tag: 'jobs',
  summary: 'Read what a job costs on Google Cloud',
  description:
    'At list prices without free quotas, whatever store it is in. What does not follow from the stored job is an estimate with its bounds.',
  params: { job: jobId },
  query: {
    region: z
      .enum(regions.map(({ region }) => region))
      .optional()
      .describe('Where Firestore is; us-central1 unless said.'),
  },
  answers: { 200: { description: 'What it has used so far, in documents, messages and USD.', schema: bill } },
  problems: ['job_not_found'],
  handle: ({ path, query }, desk) => {
    const prices = regions.find(({ region }) => region === query.region) ?? priceLists.regional;
    return withJob(desk, path.job, (job) => ok(billOf(job, prices, desk.clock.now())));
  },
});
