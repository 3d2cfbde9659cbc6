import { describe, expect, test } from '@jest/globals';
import { aPorch, claimed } from './a-porch.ts';

const order = {
  name: 'order',
  nodes: [{ id: 'pay', type: 'function', handler: 'pay', completion: 'callback', retry: { strategy: 'fixed' } }],
};

async function failing(failure: object) {
  const { ask, submit, happens } = aPorch();
  const jobId = await submit(order);
  happens(jobId, claimed(0));
  const told = await ask('POST', `/api/v3/jobs/${jobId}/nodes/pay/fail`, { json: { attempt: 1, failure } });
  const { body } = await ask('GET', `/api/v3/jobs/${jobId}/nodes/pay`);
  return { told, node: body as { startedAt: number; retryAt: number; failure: object } };
}

describe('a callback that reports a failure', () => {
  test.each([
    ['30s', 30_000],
    [45_000, 45_000],
  ])('may say when to come back: %s', async (retryAfter, retryAfterMs) => {
    const { told, node } = await failing({ code: 'busy', message: 'no', retryAfter });
    expect(told).toMatchObject({ status: 200, body: { state: 'retrying' } });
    expect(node.failure).toEqual({ code: 'busy', message: 'no', retryAfterMs });
    expect(node.retryAt - node.startedAt).toBe(retryAfterMs);
  });

  test('may name the exception', async () => {
    const { node } = await failing({ code: 'busy', message: 'no', name: 'QuotaError' });
    expect(node.failure).toEqual({ code: 'busy', message: 'no', name: 'QuotaError' });
  });

  test.each([['soon'], [-1], [null]])('is refused with the place of a wish that is none: %j', async (retryAfter) => {
    const { told } = await failing({ code: 'busy', message: 'no', retryAfter });
    expect(told).toMatchObject({ status: 400, body: { errors: [{ path: 'failure.retryAfter' }] } });
  });
});
