import { describe, expect, test } from '@jest/globals';
import { aPorch, claimed, order, succeeded } from './a-porch.ts';

describe('submit', () => {
  test('a new job answers 201 with its place', async () => {
    const { ask } = aPorch();
    const told = await ask('POST', '/api/v3/jobs', { json: order });
    expect(told).toMatchObject({ status: 201, body: { jobId: 'job-1', href: '/api/v3/jobs/job-1' } });
    expect(told.headers.get('location')).toBe('/api/v3/jobs/job-1');
  });

  test('J9: the same key with the same body answers 200 with the same job', async () => {
    const { ask } = aPorch();
    const once = { json: order, headers: { 'idempotency-key': 'k1' } };
    await ask('POST', '/api/v3/jobs', once);
    const told = await ask('POST', '/api/v3/jobs', once);
    expect(told).toMatchObject({ status: 200, body: { jobId: 'job-1' } });
    expect(told.headers.get('idempotency-replayed')).toBe('true');
  });

  test('J9: the same key with another body is refused with 422 and the job that has it', async () => {
    const { ask } = aPorch();
    await ask('POST', '/api/v3/jobs', { json: order, headers: { 'idempotency-key': 'k1' } });
    const told = await ask('POST', '/api/v3/jobs', {
      json: { ...order, name: 'other' },
      headers: { 'idempotency-key': 'k1' },
    });
    expect(told).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(told.headers.get('location')).toBe('/api/v3/jobs/job-1');
  });

  test('a faulty job is refused with every fault and its path, and nothing is stored', async () => {
    const { ask } = aPorch();
    const nodes = [
      { id: 'a', type: 'delay', delay: -1, dependsOn: ['b'] },
      { id: 'b', type: 'delay', delay: 1, dependsOn: ['nobody'], colour: 'red' },
    ];
    const told = await ask('POST', '/api/v3/jobs', { json: { name: 'faulty', nodes } });
    expect(told).toMatchObject({ status: 400, body: { code: 'invalid_job' } });
    const paths = (told.body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['nodes[0].delay', 'nodes[1].colour', 'nodes[1].dependsOn[0]']));
    expect((await ask('GET', '/api/v3/jobs')).body['jobs']).toEqual([]);
  });

  test('what only the engine can know is refused in the same way', async () => {
    const { ask, engine } = aPorch();
    engine.refuses([{ path: 'nodes[0].handler', message: 'no handler `charge` is registered' }]);
    const told = await ask('POST', '/api/v3/jobs', { json: order });
    expect(told).toMatchObject({
      status: 400,
      body: { code: 'invalid_job', detail: 'nodes[0].handler: no handler `charge` is registered' },
    });
  });

  test('a job may be written in YAML', async () => {
    const { ask } = aPorch();
    const body = 'name: wait\nnodes:\n  - id: a\n    type: delay\n    delay: 90s # a while\n';
    const told = await ask('POST', '/api/v3/jobs', {
      body,
      headers: { 'content-type': 'application/yaml; charset=utf-8' },
    });
    expect(told.status).toBe(201);
    const spec = await ask('GET', '/api/v3/jobs/job-1/spec');
    expect(spec.body).toEqual({ name: 'wait', nodes: [{ id: 'a', type: 'delay', delay: 90_000 }] });
  });
});

describe('validate', () => {
  test('says parallel groups and the critical path, and stores nothing', async () => {
    const { ask } = aPorch();
    const nodes = [
      { id: 'a', type: 'delay', delay: 1, expected: '2s' },
      { id: 'b', type: 'delay', delay: 1, expected: 50, dependsOn: ['a'] },
      { id: 'c', type: 'delay', delay: 1, expected: '1s', dependsOn: ['a'] },
    ];
    const told = await ask('POST', '/api/v3/jobs/validate', { json: { name: 'plan', nodes } });
    expect(told.body).toEqual({
      valid: true,
      name: 'plan',
      nodes: 3,
      edges: 2,
      parallelGroups: [['a'], ['b', 'c']],
      criticalPath: { nodes: ['a', 'c'], expectedMs: 3_000 },
    });
    expect((await ask('GET', '/api/v3/jobs')).body['jobs']).toEqual([]);
  });

  test('names a cycle', async () => {
    const { ask } = aPorch();
    const nodes = ['a', 'b', 'c'].map((id, at) => ({ id, type: 'delay', delay: 1, dependsOn: ['cab'[at]] }));
    const told = await ask('POST', '/api/v3/jobs/validate', { json: { name: 'round', nodes } });
    expect(told).toMatchObject({
      status: 400,
      body: { code: 'invalid_job', detail: expect.stringContaining('a → b → c → a') },
    });
  });
});

describe('read', () => {
  test('a job shows its state, its nodes by state and, once completed, its result', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit({ name: 'one', nodes: [order.nodes[0]] });
    expect((await ask('GET', `/api/v3/jobs/${jobId}`)).body).toMatchObject({
      state: 'queued',
      counts: { ready: 1 },
      nodes: 1,
    });
    happens(jobId, claimed(0), succeeded(0, { paid: 12 }));
    expect((await ask('GET', `/api/v3/jobs/${jobId}`)).body).toMatchObject({
      state: 'completed',
      counts: { ready: 0, succeeded: 1 },
      result: { paid: 12 },
    });
  });

  test('an unknown job is a problem that names it', async () => {
    const { ask } = aPorch();
    for (const path of ['', '/spec', '/progress', '/report', '/audit', '/events', '/nodes', '/nodes/a']) {
      const told = await ask('GET', `/api/v3/jobs/nobody${path}`);
      expect(told).toMatchObject({
        status: 404,
        body: { code: 'job_not_found', detail: 'there is no job `nobody`', instance: `/api/v3/jobs/nobody${path}` },
      });
    }
  });

  test('a node shows its result, and an item of a map has a name of its own', async () => {
    const { ask, submit, happens } = aPorch();
    const jobId = await submit(order);
    happens(jobId, claimed(0), succeeded(0, { items: ['cup', 'plate'] }), claimed(4), succeeded(4, 'plate packed'));
    const nodes = await ask('GET', `/api/v3/jobs/${jobId}/nodes`);
    expect(nodes.body['nodes']).toMatchObject([
      { id: 'charge', state: 'succeeded', attempt: 1 },
      { id: 'approve', state: 'waiting', waitsFor: { kind: 'signal', name: 'approve' } },
      { id: 'pack', state: 'waiting', waitsFor: { kind: 'items', unsettled: 1 } },
      { id: 'pack[0]', state: 'ready', type: 'function' },
      { id: 'pack[1]', state: 'succeeded' },
    ]);
    const item = await ask('GET', `/api/v3/jobs/${jobId}/nodes/${encodeURIComponent('pack[1]')}`);
    expect(item.body).toMatchObject({ jobId, id: 'pack[1]', result: 'plate packed' });
    expect((await ask('GET', `/api/v3/jobs/${jobId}/nodes/pack[2]`)).body).toMatchObject({
      code: 'node_not_found',
      detail: `job \`${jobId}\` has no node \`pack[2]\``,
    });
  });

  test('the report is what `get --json` prints', async () => {
    const { ask, submit, happens, clock } = aPorch();
    const jobId = await submit({ name: 'one', nodes: [order.nodes[0]] });
    const from = clock.now();
    happens(jobId, claimed(0));
    await clock.advance(250);
    happens(jobId, succeeded(0));
    expect((await ask('GET', `/api/v3/jobs/${jobId}/report`)).body).toEqual({
      jobId,
      state: 'completed',
      nodes: [{ id: 'charge', state: 'succeeded', attempts: 1, startedAt: from, endedAt: from + 250 }],
      makespanMs: 250,
      criticalPathMs: 250,
      sequentialMs: 250,
      store: { reads: 1, writes: 2, deletes: 0, conflicts: 0 },
      fsyncs: 2,
    });
  });

  test('progress tells percent, counts and what is left', async () => {
    const { ask, submit, happens } = aPorch();
    const nodes = [
      { id: 'a', type: 'function', handler: 'noop', expected: 100 },
      { id: 'b', type: 'function', handler: 'noop', expected: 300, dependsOn: ['a'] },
    ];
    const jobId = await submit({ name: 'two', nodes });
    happens(jobId, claimed(0), succeeded(0));
    expect((await ask('GET', `/api/v3/jobs/${jobId}/progress`)).body).toMatchObject({
      percent: 50,
      settled: 1,
      total: 2,
      estimate: { remainingMs: 300, unknownNodes: 0 },
    });
  });
});
