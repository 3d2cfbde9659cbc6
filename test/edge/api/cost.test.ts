import { describe, expect, test } from '@jest/globals';
import { aPorch, claimed, order, succeeded } from './a-porch.ts';

describe('the cost of a job', () => {
  const one = { name: 'one', nodes: [order.nodes[0]] };

  test('is told in documents, messages and USD, in us-central1 unless said', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit(one);
    happens(jobId, claimed(0), succeeded(0));
    const here = await ask('GET', `/api/v3/jobs/${jobId}/cost`);
    expect(here).toMatchObject({
      status: 200,
      body: { jobId, state: 'completed', region: 'us-central1', attempts: 1, writes: { job: { likely: 3 } } },
    });
    const there = await ask('GET', `/api/v3/jobs/${jobId}/cost?region=nam5`);
    const firestoreUsd = ({ body }: typeof here) =>
      (body['cost'] as { likely: { firestoreUsd: number } }).likely.firestoreUsd;
    expect(firestoreUsd(there)).toBeCloseTo(2 * firestoreUsd(here), 12);
  });

  test('a region that has no prices is refused, and those that have are named', async () => {
    const { ask, submit } = aPorch();
    const told = await ask('GET', `/api/v3/jobs/${await submit(one)}/cost?region=mars-1`);
    expect(told).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const [fault] = told.body['errors'] as { path: string; message: string }[];
    expect(fault).toMatchObject({ path: 'query.region', message: expect.stringMatching(/us-central1.*nam5/) });
  });

  test('an unknown job is refused with its id', async () => {
    const told = await aPorch().ask('GET', '/api/v3/jobs/nobody/cost');
    expect(told).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
    expect(told.body['detail']).toContain('nobody');
  });
});
