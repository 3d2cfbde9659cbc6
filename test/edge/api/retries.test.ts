import { describe, expect, test } from '@jest/globals';
import { aPorch, claimed, type Porch } from './a-porch.ts';

const failure = { code: 'http_503', message: 'the bank is closed', details: { status: 503 } };

describe('scheduled retries', () => {
  test('of all jobs are listed soonest first, with what is to be known of them', async () => {
    const porch = aPorch();
    const slow = await withRetries(porch, 'slow', ['2h']);
    const soon = await withRetries(porch, 'soon', ['30m', '1h']);
    const { body } = await porch.ask('GET', '/api/v3/retries');
    const retries = body['retries'] as { jobId: string; nodeId: string }[];
    expect(retries.map(({ jobId, nodeId }) => [jobId, nodeId])).toEqual([
      [soon, 'n0'],
      [soon, 'n1'],
      [slow, 'n0'],
    ]);
    expect(retries[2]).toEqual({
      jobId: slow,
      jobName: 'slow',
      nodeId: 'n0',
      attempt: 1,
      retryAt: porch.clock.now() + 2 * 3_600_000,
      failures: 1,
      failure: { code: 'http_503', message: 'the bank is closed' },
    });
    expect(body['page']).toEqual({ size: 50, has_next: false, page_token: null });
  });

  test('of all jobs can be those of jobs with one name, page by page', async () => {
    const porch = aPorch();
    await withRetries(porch, 'order', ['1h', '1h', '1h']);
    await withRetries(porch, 'refund', ['1h', '1h', '1h']);
    expect(await allOf(porch, '/api/v3/retries?name=order&size=2')).toEqual(['job-1 n0', 'job-1 n1', 'job-1 n2']);
    expect(await allOf(porch, '/api/v3/retries?size=4')).toHaveLength(6);
  });

  test('of one job are listed soonest first over all pages', async () => {
    const porch = aPorch();
    const jobId = await withRetries(porch, 'order', ['3h', '1h', '2h', '1h']);
    await withRetries(porch, 'other', ['1h']);
    const expected = ['n1', 'n3', 'n2', 'n0'].map((node) => `${jobId} ${node}`);
    expect(await allOf(porch, `/api/v3/jobs/${jobId}/retries?size=1`)).toEqual(expected);
    expect(await allOf(porch, `/api/v3/jobs/${jobId}/retries?size=3`)).toEqual(expected);
  });

  test('are none where nothing waits for a retry', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(specOf('order', ['1h']));
    for (const path of ['/api/v3/retries', `/api/v3/jobs/${jobId}/retries`])
      expect((await porch.ask('GET', path)).body).toMatchObject({ retries: [], page: { has_next: false } });
  });

  test.each(['/api/v3/retries', '/api/v3/jobs/job-1/retries'])(
    '%s refuses a page token of another list',
    async (path) => {
      const porch = aPorch();
      await withRetries(porch, 'order', ['1h']);
      const told = await porch.ask('GET', `${path}?page_token=forged`);
      expect(told).toMatchObject({ status: 400, body: { errors: [{ path: 'query.page_token' }] } });
    },
  );

  test('of an unknown job are a problem', async () => {
    const told = await aPorch().ask('GET', '/api/v3/jobs/nobody/retries');
    expect(told).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
  });
});

describe('an operator', () => {
  test('makes a retry now, and the answer tells where the node stands', async () => {
    const porch = aPorch();
    const jobId = await withRetries(porch, 'order', ['1h']);
    const told = await decide(porch, jobId, 'retry', { attempt: 1 });
    expect(told).toMatchObject({ status: 200, body: { jobId, nodeId: 'n0', attempt: 1, state: 'ready' } });
    expect((await porch.ask('GET', `/api/v3/jobs/${jobId}`)).body).toMatchObject({ state: 'queued' });
    expect(await lastLines(porch, jobId)).toContainEqual(expect.objectContaining({ event: 'retriedNow', by: 'ada' }));
  });

  test('cancels a retry: the node fails with its last failure, and the audit tells who and why', async () => {
    const porch = aPorch();
    const jobId = await withRetries(porch, 'order', ['1h']);
    const told = await decide(porch, jobId, 'cancel-retry', { attempt: 1, reason: 'it stays closed' });
    expect(told).toMatchObject({ status: 200, body: { state: 'failed' } });
    const job = (await porch.ask('GET', `/api/v3/jobs/${jobId}`)).body;
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'http_503', retryable: false } });
    expect(await lastLines(porch, jobId)).toContainEqual(
      expect.objectContaining({ event: 'retryCancelled', because: 'retry cancelled by ada: it stays closed' }),
    );
  });

  test.each(['retry', 'cancel-retry'])(
    'is told by %s of a retry that is decided what the node is doing',
    async (action) => {
      const porch = aPorch();
      const jobId = await withRetries(porch, 'order', ['1h', '1h']);
      await decide(porch, jobId, action, { attempt: 1 });
      const state = action === 'retry' ? 'ready' : 'failed';
      const told = await decide(porch, jobId, action, { attempt: 1 });
      expect(told).toMatchObject({ status: 409, body: { code: 'node_is_not_retrying', currentAttempt: 1 } });
      expect(told.body['detail']).toContain(state);
      expect((await porch.ask('GET', `/api/v3/jobs/${jobId}/nodes/n0`)).body).toMatchObject({ state, attempt: 1 });
    },
  );

  test('is refused with what would be allowed when the attempt is another one', async () => {
    const porch = aPorch();
    const jobId = await withRetries(porch, 'order', ['1h']);
    for (const action of ['retry', 'cancel-retry']) {
      const told = await decide(porch, jobId, action, { attempt: 2 });
      expect(told).toMatchObject({ status: 409, body: { code: 'stale_attempt', currentAttempt: 1 } });
      expect(told.body['allowed']).toEqual(expect.arrayContaining(['retry', 'cancel-retry']));
    }
    expect((await porch.ask('GET', `/api/v3/jobs/${jobId}/nodes/n0`)).body).toMatchObject({ state: 'retrying' });
  });

  test.each([
    ['/nodes/nobody/retry', { attempt: 1 }, 404, 'node_not_found'],
    ['/nodes/n0/retry', {}, 400, 'invalid_request'],
    ['/nodes/n0/retry', { attempt: -1 }, 400, 'invalid_request'],
    ['/nodes/n0/retry', { attempt: 0 }, 409, 'stale_attempt'],
    ['/nodes/n0/retry', { attempt: 1, because: 'it takes a reason' }, 400, 'invalid_request'],
    ['/nodes/n0/cancel-retry', { attempt: 1, reason: 'x'.repeat(2_001) }, 400, 'invalid_request'],
  ])('who asks %s with %j changes nothing', async (path, json, status, code) => {
    const porch = aPorch();
    const jobId = await withRetries(porch, 'order', ['1h']);
    const told = await porch.ask('POST', `/api/v3/jobs/${jobId}${path}`, { json });
    expect(told).toMatchObject({ status, body: { code } });
    expect((await porch.ask('GET', `/api/v3/jobs/${jobId}/retries`)).body['retries']).toHaveLength(1);
  });

  test('J1: decides nothing in a job that has ended', async () => {
    const porch = aPorch();
    const jobId = await withRetries(porch, 'order', ['1h']);
    await porch.ask('POST', `/api/v3/jobs/${jobId}/cancel`);
    const told = await decide(porch, jobId, 'retry', { attempt: 1 });
    expect(told).toMatchObject({ status: 409, body: { code: 'job_is_final', allowed: [] } });
  });
});

function specOf(name: string, delays: readonly string[]) {
  const nodes = delays.map((delay, at) => ({
    id: `n${at}`,
    type: 'function',
    handler: 'charge',
    retry: { strategy: 'fixed', delay, maxDelay: '1d' },
  }));
  return { name, nodes };
}

/** A job whose nodes have all failed once. */
async function withRetries(porch: Porch, name: string, delays: readonly string[]): Promise<string> {
  const jobId = await porch.submit(specOf(name, delays));
  for (const node of delays.keys())
    porch.happens(jobId, claimed(node), { kind: 'failed', node, attempt: 1, failure, chance: 0 });
  return jobId;
}

function decide({ ask }: Porch, jobId: string, action: string, json: object) {
  const headers = { 'x-breakwater-operator': 'ada' };
  return ask('POST', `/api/v3/jobs/${jobId}/nodes/n0/${action}`, { json, headers });
}

async function lastLines({ ask }: Porch, jobId: string): Promise<unknown> {
  return (await ask('GET', `/api/v3/jobs/${jobId}/audit`)).body['lines'];
}

async function allOf({ ask }: Porch, path: string): Promise<string[]> {
  const seen: string[] = [];
  for (let token: string | null = '', pages = 0; token !== null; pages++) {
    expect(pages).toBeLessThan(10);
    const { body } = await ask('GET', token === '' ? path : `${path}&page_token=${token}`);
    for (const { jobId, nodeId } of body['retries'] as { jobId: string; nodeId: string }[])
      seen.push(`${jobId} ${nodeId}`);
    token = (body['page'] as { page_token: string | null }).page_token;
  }
  return seen;
}
