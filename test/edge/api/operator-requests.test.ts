import { describe, expect, test } from '@jest/globals';
import { routes } from '../../../shared/edge/api/routes/index.ts';
import type { AuditLine, JobEvent } from '../../../shared/jobs/index.ts';
import { aPorch, claimed, order, type Porch } from './a-porch.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const headers = {
  'idempotency-key': 'key-1',
  traceparent: `00-${trace}-00f067aa0ba902b7-01`,
  'x-breakwater-operator': 'ada',
};
const retry = { strategy: 'fixed', delay: '1h', maxAttempts: 3 };
const document = { ...order, nodes: [{ ...order.nodes[0], retry }, ...order.nodes.slice(1)] };
const failed: JobEvent = {
  kind: 'failed',
  node: 0,
  attempt: 1,
  failure: { code: 'http_503', message: 'closed' },
  chance: 0.5,
};
const paused: JobEvent = { kind: 'paused', by: 'bob' };

/** What each route needs before, what is sent, and another body than that. */
const asked: readonly (readonly [string, readonly JobEvent[], object, object])[] = [
  ['cancel', [], { reason: 'a mistake' }, { reason: 'another' }],
  ['pause', [], { reason: 'a look' }, { reason: 'another' }],
  ['resume', [paused], { reason: 'seen' }, { reason: 'another' }],
  ['nodes/charge/skip', [], { reason: 'by hand' }, { reason: 'another' }],
  ['nodes/charge/retry', [claimed(0), failed], { attempt: 1, reason: 'it is up' }, { attempt: 2 }],
  ['nodes/charge/cancel-retry', [claimed(0), failed], { attempt: 1, reason: 'in vain' }, { attempt: 1 }],
];

describe.each(asked)('POST …/%s under an idempotency key', (path, before, json, other) => {
  async function once(): Promise<{ porch: Porch; jobId: string; send: (body: object) => ReturnType<Porch['ask']> }> {
    const porch = aPorch();
    const jobId = await porch.submit(document);
    porch.happens(jobId, ...before);
    const send = (body: object) => porch.ask('POST', `/api/v3/jobs/${jobId}/${path}`, { json: body, headers });
    expect(await send(json)).toMatchObject({ status: 200 });
    return { porch, jobId, send };
  }

  test('J9: acts once; who repeats it hears that it was done', async () => {
    const { porch, jobId, send } = await once();
    const before = await auditOf(porch, jobId);
    const again = await send(json);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(await auditOf(porch, jobId)).toEqual(before);
  });

  test('J9: with another body is a problem, and nothing changes', async () => {
    const { porch, jobId, send } = await once();
    const before = await auditOf(porch, jobId);
    expect(await send(other)).toMatchObject({
      status: 422,
      body: {
        code: 'idempotency_key_reused',
        detail: `job \`${jobId}\` has carried out another request under this key`,
      },
    });
    expect(await auditOf(porch, jobId)).toEqual(before);
  });

  test('leaves key, trace, who and why in the audit, and in its export', async () => {
    const { porch, jobId } = await once();
    const expected = { by: 'ada', request: 'key-1', trace, because: expect.stringContaining((json as Reason).reason) };
    expect(await auditOf(porch, jobId)).toContainEqual(expect.objectContaining(expected));
    const { body } = await porch.ask('GET', `/api/v3/jobs/${jobId}/audit/export`);
    const exported = String(body['text'])
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditLine);
    expect(exported).toContainEqual(expect.objectContaining(expected));
  });
});

describe('a trace context', () => {
  test('of a submission and of a signal stands in the audit', async () => {
    const porch = aPorch();
    const { body } = await porch.ask('POST', '/api/v3/jobs', { json: order, headers });
    const jobId = String(body['jobId']);
    await porch.ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, { json: 1, headers });
    const lines = await auditOf(porch, jobId);
    expect(lines[0]).toMatchObject({ event: 'submitted', trace });
    expect(lines.at(-1)).toMatchObject({ event: 'signalled', by: 'ada', trace });
  });

  test.each([
    ['words', 'my trace'],
    ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a version that is none', `ff-${trace}-00f067aa0ba902b7-01`],
    ['large letters', `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`],
  ])('that is none (%s) is ignored, as the specification has it', async (_, traceparent) => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    expect(await porch.ask('POST', `/api/v3/jobs/${jobId}/pause`, { headers: { traceparent } })).toMatchObject({
      status: 200,
    });
    expect((await auditOf(porch, jobId)).at(-1)).not.toHaveProperty('trace');
  });
});

test('every route by which an operator asks for something takes a key', () => {
  const without = routes
    .filter(({ method, path }) => method !== 'GET' && /^\/api\/v3\/(jobs\/\{job\}|recoveries)/.test(path))
    .filter(({ headers = {} }) => !('idempotency-key' in headers))
    .map(({ name }) => name);
  // The number of its attempt fences what is reported of it.
  expect(without.sort()).toEqual(['completeNode', 'failNode', 'heartbeatNode']);
});

interface Reason {
  readonly reason: string;
}

async function auditOf(porch: Porch, jobId: string): Promise<readonly AuditLine[]> {
  return (await porch.ask('GET', `/api/v3/jobs/${jobId}/audit`)).body['lines'] as readonly AuditLine[];
}
