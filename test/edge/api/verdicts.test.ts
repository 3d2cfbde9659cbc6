import { describe, expect, test } from '@jest/globals';
import { aPorch, claimed, order, type Porch, succeeded } from './a-porch.ts';

describe('verdicts', () => {
  test('cancel, pause and resume answer with the job after it', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    expect((await ask('POST', `/api/v3/jobs/${jobId}/pause`)).body).toMatchObject({
      state: 'paused',
      paused: { by: 'api' },
    });
    expect((await ask('POST', `/api/v3/jobs/${jobId}/resume`)).body).toMatchObject({ state: 'queued' });
    const told = await ask('POST', `/api/v3/jobs/${jobId}/cancel`, { json: { reason: 'a mistake' } });
    expect(told.body).toMatchObject({ state: 'aborted' });
    const { lines } = (await ask('GET', `/api/v3/jobs/${jobId}/audit`)).body as { lines: { because?: string }[] };
    expect(lines.some(({ because }) => because?.includes('a mistake'))).toBe(true);
  });

  test('what was done before is done, and the answer says so', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    await ask('POST', `/api/v3/jobs/${jobId}/cancel`);
    const told = await ask('POST', `/api/v3/jobs/${jobId}/cancel`);
    expect(told).toMatchObject({ status: 200, body: { state: 'aborted' } });
    expect(told.headers.get('idempotency-replayed')).toBe('true');
  });

  test('a skipped node is told with its state, once; a settled one is not skipped', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit(order);
    const skip = (node: string, body?: object) =>
      ask('POST', `/api/v3/jobs/${jobId}/nodes/${node}/skip`, body ? { json: body } : {});
    happens(jobId, claimed(0), succeeded(0));
    const [done, next] = order.nodes.map(({ id }) => id);
    expect(await skip(done!)).toMatchObject({ status: 409, body: { code: 'node_is_settled', allowed: [] } });
    const told = await skip(next!, { reason: 'done by hand' });
    expect(told).toMatchObject({ status: 200, body: { jobId, nodeId: next, state: 'skipped' } });
    const again = await skip(next!);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    const { lines } = (await ask('GET', `/api/v3/jobs/${jobId}/audit`)).body as { lines: object[] };
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'nodeSkipped', node: next, by: 'api', because: 'done by hand' }),
    );
    expect(await skip('nobody')).toMatchObject({ status: 404, body: { code: 'node_not_found' } });
  });

  test('J1: nothing moves a job that has ended', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit({ name: 'one', nodes: [order.nodes[0]] });
    happens(jobId, claimed(0), succeeded(0));
    for (const action of ['cancel', 'pause', 'resume', 'signals/approve']) {
      expect(await ask('POST', `/api/v3/jobs/${jobId}/${action}`)).toMatchObject({
        status: 409,
        body: {
          code: 'job_is_final',
          detail: `job \`${jobId}\` is completed; only a new run changes it`,
          allowed: ['redrive'],
        },
      });
    }
  });

  test('a refusal says what would be accepted', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    expect(await ask('POST', `/api/v3/jobs/${jobId}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'job_is_not_paused', allowed: ['pause', 'cancel', 'signal', 'recover'] },
    });
  });

  test('every way to change a job answers 404 for an unknown one', async () => {
    const { ask } = aPorch();
    for (const action of ['cancel', 'pause', 'resume', 'signals/approve']) {
      expect(await ask('POST', `/api/v3/jobs/nobody/${action}`)).toMatchObject({
        status: 404,
        body: { code: 'job_not_found' },
      });
    }
    for (const word of ['complete', 'heartbeat']) {
      const told = await ask('POST', `/api/v3/jobs/nobody/nodes/a/${word}`, { json: { attempt: 1 } });
      expect(told).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
    }
  });
});

describe('signals', () => {
  test('the body becomes the result of the node that waited', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit(order);
    happens(jobId, claimed(0), succeeded(0, { items: [] }));
    await ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, { json: ['yes', 1] });
    expect((await ask('GET', `/api/v3/jobs/${jobId}/nodes/approve`)).body).toMatchObject({
      state: 'succeeded',
      result: ['yes', 1],
    });
  });

  test('a signal without a body carries null', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit(order);
    happens(jobId, claimed(0), succeeded(0, { items: [] }));
    await ask('POST', `/api/v3/jobs/${jobId}/signals/approve`);
    expect((await ask('GET', `/api/v3/jobs/${jobId}/nodes/approve`)).body).toMatchObject({
      state: 'succeeded',
      result: null,
    });
  });

  test('the same key twice acts once', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    const once = { json: 1, headers: { 'idempotency-key': 's-1' } };
    await ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, once);
    const told = await ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, once);
    expect([told.status, told.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  });

  test('a name that no node waits for is refused with those that are', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    expect(await ask('POST', `/api/v3/jobs/${jobId}/signals/aprove`)).toMatchObject({
      status: 409,
      body: { code: 'unknown_signal', detail: expect.stringContaining('its signals are `approve`') },
    });
  });

  test('more signals than are kept are refused with the number', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    const send = (at: number) =>
      ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, { headers: { 'idempotency-key': `s-${at}` } });
    for (let at = 0; at < 100; at++) expect((await send(at)).status).toBe(200);
    expect(await send(100)).toMatchObject({
      status: 409,
      body: { code: 'too_many_signals', detail: expect.stringContaining('100 are the most') },
    });
  });
});

describe('callbacks', () => {
  const called = async (porch: Porch, word: string, json: unknown) =>
    porch.ask('POST', `/api/v3/jobs/job-1/nodes/charge/${word}`, { json });

  async function waiting(): Promise<Porch> {
    const porch = aPorch();
    const nodes = [
      { id: 'charge', type: 'http', url: 'https://pay.example/charge', completion: 'callback', heartbeatTimeout: '1m' },
    ];
    await porch.submit({ name: 'call', nodes });
    porch.happens('job-1', claimed(0), { kind: 'accepted', node: 0, attempt: 1 });
    return porch;
  }

  test('complete gives the node its result', async () => {
    const porch = await waiting();
    expect(await called(porch, 'complete', { attempt: 1, result: { paid: 5 } })).toMatchObject({
      status: 200,
      body: { jobId: 'job-1', nodeId: 'charge', attempt: 1, state: 'succeeded' },
    });
    expect((await porch.ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({
      state: 'completed',
      result: { paid: 5 },
    });
  });

  test('fail asks the retry policy', async () => {
    const porch = await waiting();
    const failure = { code: 'card_declined', message: 'no money', details: { left: 0 } };
    expect((await called(porch, 'fail', { attempt: 1, failure })).body).toMatchObject({ state: 'retrying' });
    expect((await porch.ask('GET', '/api/v3/jobs/job-1/nodes/charge')).body).toMatchObject({ failures: 1, failure });
  });

  test('heartbeat moves the time by which the next one must come', async () => {
    const porch = await waiting();
    const by = async () => (await porch.ask('GET', '/api/v3/jobs/job-1/nodes/charge')).body['waitsFor'];
    const before = await by();
    await porch.clock.advance(10_000);
    expect((await called(porch, 'heartbeat', { attempt: 1 })).status).toBe(200);
    expect(await by()).toMatchObject({ heartbeatBy: (before as { heartbeatBy: number }).heartbeatBy + 10_000 });
  });

  test('J2: another attempt than the current one is refused, and the answer names the current one', async () => {
    const porch = await waiting();
    for (const attempt of [2, 3]) {
      expect(await called(porch, 'complete', { attempt })).toMatchObject({
        status: 409,
        body: { code: 'stale_attempt', currentAttempt: 1, allowed: ['complete', 'fail', 'heartbeat', 'skip'] },
      });
    }
  });

  test('an unknown node is named', async () => {
    const porch = await waiting();
    const told = await porch.ask('POST', '/api/v3/jobs/job-1/nodes/nobody/heartbeat', { json: { attempt: 1 } });
    expect(told).toMatchObject({
      status: 404,
      body: { code: 'node_not_found', detail: 'job `job-1` has no node `nobody`' },
    });
  });

  test.each([
    ['complete', {}, ['attempt']],
    ['complete', { attempt: 0 }, ['attempt']],
    ['complete', { attempt: 1, outcome: 1, extra: 2 }, ['outcome', 'extra']],
    ['fail', { attempt: 1, failure: { message: 7 } }, ['failure.code', 'failure.message']],
    ['heartbeat', undefined, ['']],
  ])('%s with %j is refused and every field is named', async (word, json, paths) => {
    const porch = await waiting();
    const told = await called(porch, word, json);
    expect(told).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((told.body['errors'] as { path: string }[]).map(({ path }) => path)).toEqual(paths);
  });
});
