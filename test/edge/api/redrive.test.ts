import { describe, expect, test } from '@jest/globals';
import type { JobEvent } from '../../../shared/jobs/index.ts';
import { type Asked, aPorch, claimed, requestOf, succeeded } from './a-porch.ts';

const call = { type: 'function', handler: 'work', retry: { maxAttempts: 1 } };
const order = {
  name: 'order',
  input: { to: 'a' },
  nodes: [
    { id: 'load', ...call },
    { id: 'pay', ...call, dependsOn: ['load'] },
    { id: 'ship', ...call, dependsOn: ['pay'] },
  ],
};
const failed: JobEvent = {
  kind: 'failed',
  node: 1,
  attempt: 1,
  failure: { code: 'gone', message: 'it is gone' },
  chance: 0,
};

async function unpaid() {
  const porch = aPorch();
  const jobId = await porch.submit(order);
  porch.happens(jobId, claimed(0), succeeded(0, 'rows'), claimed(1), failed);
  const redrive = (asked: Asked = {}, of = jobId) => porch.ask('POST', `/api/v3/jobs/${of}/redrive`, asked);
  return { ...porch, jobId, redrive };
}

describe('POST /api/v3/jobs/{job}/redrive', () => {
  test('answers with the job as it goes on, and the audit says who asked and why', async () => {
    const { ask, jobId, redrive } = await unpaid();
    expect((await ask('GET', `/api/v3/jobs/${jobId}`)).body).toMatchObject({ state: 'failed', run: 1 });
    const headers = { 'x-breakwater-operator': 'ada' };
    const { status, body } = await redrive({ json: { reason: 'the bank is back' }, headers });
    expect({ status, ...body }).toMatchObject({
      status: 200,
      state: 'queued',
      run: 2,
      counts: { succeeded: 1, ready: 1, blocked: 1 },
    });
    const { lines } = (await ask('GET', `/api/v3/jobs/${jobId}/audit`)).body as { lines: object[] };
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'redriven',
        by: 'ada',
        run: 2,
        because: expect.stringContaining(': the bank is back'),
      }),
    );
  });

  test('takes no body, one with nodes and input, and a corrected spec as JSON or YAML', async () => {
    const one = await unpaid();
    expect((await one.redrive()).status).toBe(200);
    const two = await unpaid();
    expect((await two.redrive({ json: { nodes: ['load'], input: { to: 'b' } } })).body).toMatchObject({
      counts: { ready: 1, blocked: 2 },
    });
    expect((await two.ask('GET', `/api/v3/jobs/${two.jobId}/spec`)).body).toMatchObject({ input: { to: 'b' } });
    const three = await unpaid();
    const yaml = `spec:\n  name: order\n  nodes:\n    - { id: ship, type: function, handler: work, dependsOn: [pay], retry: { maxAttempts: 1 } }\n    - { id: load, type: function, handler: work }\n    - { id: pay, type: function, handler: other, dependsOn: [load], timeout: 90s }\n`;
    expect((await three.redrive({ body: yaml, headers: { 'content-type': 'application/yaml' } })).status).toBe(200);
    expect((await three.ask('GET', `/api/v3/jobs/${three.jobId}/spec`)).body).toMatchObject({
      nodes: [{ id: 'load' }, { id: 'pay', handler: 'other', timeout: 90_000 }, { id: 'ship' }],
    });
  });

  test('a corrected spec may name retry policies', async () => {
    const { policies, redrive, ask, jobId } = await unpaid();
    await policies.create('retry', 'careful', { body: { maxAttempts: 9 }, at: 0, by: 'ada' });
    const nodes = order.nodes.map((node) => (node.id === 'pay' ? { ...node, retry: 'careful' } : node));
    expect((await redrive({ json: { spec: { ...order, nodes } } })).status).toBe(200);
    expect((await ask('GET', `/api/v3/jobs/${jobId}/spec`)).body).toMatchObject({
      nodes: [{}, { retry: { maxAttempts: 9 } }, {}],
    });
    const other = order.nodes.map((node) => ({ ...node, retry: 'carefull' }));
    expect(await redrive({ json: { nodes: ['load'], spec: { ...order, nodes: other } } })).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_request',
        errors: expect.arrayContaining([
          expect.objectContaining({ path: expect.stringMatching(/^spec\.nodes\[0\]\.retry/) }),
        ]),
      },
    });
  });

  test.each<[string, object, string, object[]]>([
    [
      'a spec that is none',
      { spec: { name: 'order', nodes: [{ id: 'load', type: 'function' }] } },
      'invalid_request',
      [{ path: 'spec.nodes[0].handler' }],
    ],
    ['a field that is not there', { node: 'load' }, 'invalid_request', [{}]],
    [
      'a spec that does not fit',
      { spec: { ...order, nodes: [{ ...order.nodes[0], handler: 'other' }, order.nodes[1]] } },
      'spec_does_not_fit',
      [
        { path: 'spec.nodes[0]', message: expect.stringContaining('node load has begun') },
        { path: 'spec.nodes', message: expect.stringContaining('node ship is missing') },
      ],
    ],
  ])('%s is refused with every field that is wrong, and nothing changes', async (_, json, code, errors) => {
    const { ask, jobId, redrive } = await unpaid();
    expect(await redrive({ json })).toMatchObject({ body: { code, errors } });
    expect((await ask('GET', `/api/v3/jobs/${jobId}`)).body).toMatchObject({ state: 'failed', run: 1 });
  });

  test('is refused with what would be accepted now', async () => {
    const { redrive, submit } = await unpaid();
    const going = await submit(order);
    expect(await redrive({}, going)).toMatchObject({
      status: 409,
      body: { code: 'job_is_not_final', allowed: ['pause', 'cancel', 'signal', 'recover'] },
    });
    expect(await redrive({ json: { nodes: ['nobody'] } })).toMatchObject({
      status: 404,
      body: { code: 'node_not_found', detail: expect.stringContaining('`nobody`') },
    });
    expect(await redrive({}, 'nobody')).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
  });

  test('the same request under the same key acts once, and another one under it is refused', async () => {
    const { redrive, happens, jobId } = await unpaid();
    const headers = { 'idempotency-key': 'again-1' };
    expect((await redrive({ headers })).headers.get('idempotency-replayed')).toBeNull();
    happens(jobId, { ...claimed(1), attempt: 2 } as JobEvent, { ...failed, attempt: 2 } as JobEvent);
    const again = await redrive({ headers });
    expect([again.status, again.headers.get('idempotency-replayed'), again.body['run']]).toEqual([200, 'true', 2]);
    expect(await redrive({ headers, json: { nodes: ['load'] } })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });
});

test('items of a list that was given up are listed under ids of their own, and can be asked for', async () => {
  const porch = aPorch();
  const jobId = await porch.submit({ name: 'wide', nodes: [{ id: 'each', type: 'map', over: [1], node: call }] });
  porch.happens(jobId, claimed(1), { ...failed, node: 1 } as JobEvent);
  await porch.ask('POST', `/api/v3/jobs/${jobId}/redrive`, { json: { nodes: ['each'] } });
  const { nodes } = (await porch.ask('GET', `/api/v3/jobs/${jobId}/nodes`)).body as { nodes: object[] };
  expect(nodes).toMatchObject([
    { id: 'each' },
    { id: 'each[0]~1', state: 'cancelled' },
    { id: 'each[0]', state: 'ready', attempt: 1 },
  ]);
  const gone = await porch.ask('GET', `/api/v3/jobs/${jobId}/nodes/${encodeURIComponent('each[0]~1')}`);
  expect(gone).toMatchObject({ status: 200, body: { state: 'cancelled' } });
});

describe('the event stream of a job that has gone on', () => {
  test('does not end at the first end, but at the last', async () => {
    const { api, redrive, happens, jobId } = await unpaid();
    await redrive();
    const response = await api.fetch(requestOf('GET', `/api/v3/jobs/${jobId}/events`));
    const text = response.text();
    happens(jobId, { kind: 'cancelled', by: 'ada' });
    const events = (await text).split('\n').filter((line) => line.startsWith('event: '));
    expect(events.filter((event) => event === 'event: end')).toHaveLength(1);
    expect(events.at(-1)).toBe('event: end');
    expect(events).toEqual(expect.arrayContaining(['event: ended', 'event: redriven', 'event: cancelled']));
  });

  test('a client that has seen the end of an earlier run is told everything again for as long as it goes on', async () => {
    const { api, redrive, happens, jobId } = await unpaid();
    await redrive();
    const response = await api.fetch(
      requestOf('GET', `/api/v3/jobs/${jobId}/events`, { headers: { 'last-event-id': 'end' } }),
    );
    expect(response.status).toBe(200);
    const text = response.text();
    happens(jobId, { kind: 'cancelled', by: 'ada' });
    expect(await text).toContain('event: submitted');
  });
});
