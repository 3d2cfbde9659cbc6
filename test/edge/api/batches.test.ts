import { describe, expect, test } from '@jest/globals';
import { aPorch, claimed, order, type Porch } from './a-porch.ts';

const path = '/api/v3/batches';
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const headers = { 'x-breakwater-operator': 'ada', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
const ask = (porch: Porch, json: object) => porch.ask('POST', path, { json, headers });

/** Jobs of the name `order`, submitted before now; the first is paused. */
async function aPorchWith(jobs: number): Promise<Porch> {
  const porch = aPorch();
  for (let at = 0; at < jobs; at++) await porch.submit(order);
  if (jobs > 0) porch.happens('job-1', { kind: 'paused', by: 'bob' });
  await porch.clock.advance(1_000);
  return porch;
}

async function ended(porch: Porch, id: string): Promise<Record<string, unknown>> {
  for (let turn = 0; turn < 100; turn++) {
    await porch.clock.advance(0);
    const { body } = await porch.ask('GET', `${path}/${id}`);
    if (body['state'] !== 'running') return body;
  }
  throw new Error('it does not end');
}

describe('a batch', () => {
  test('is accepted, and tells how far it has come', async () => {
    const porch = await aPorchWith(3);
    const told = await ask(porch, { id: 'stop-1', action: 'cancel', filter: { name: 'order' }, reason: 'a mistake' });
    expect(told).toMatchObject({ status: 202, body: { batchId: 'stop-1', state: 'running', expected: { jobs: 3 } } });
    expect(told.headers.get('location')).toBe(`${path}/stop-1`);
    expect(await ended(porch, 'stop-1')).toEqual({
      batchId: 'stop-1',
      action: 'cancel',
      filter: { name: 'order' },
      reason: 'a mistake',
      ratePerSecond: 500,
      state: 'completed',
      by: 'ada',
      createdAt: porch.clock.now(),
      endedAt: porch.clock.now(),
      expected: { jobs: 3, isMore: false },
      counts: { done: 3, repeated: 0, refused: 0, failed: 0 },
      passed: 3,
      percent: 100,
    });
    const { body } = await porch.ask('GET', '/api/v3/jobs/job-2/audit');
    expect((body['lines'] as object[]).at(-1)).toMatchObject({
      event: 'cancelled',
      by: 'ada',
      because: 'a mistake',
      request: 'batch:stop-1',
      trace,
    });
  });

  test('leaves alone what its filter does not choose: state, name, code of the failure, time', async () => {
    const porch = await aPorchWith(2);
    const failing = await porch.submit({ name: 'refund', nodes: [{ id: 'n', type: 'function', handler: 'charge' }] });
    const failure = { code: 'card_declined', message: 'no', retryable: false };
    porch.happens(failing, claimed(0), { kind: 'failed', node: 0, attempt: 1, failure, chance: 0 });
    const from = new Date(porch.clock.now()).toISOString();
    await porch.clock.advance(1_000);
    const chosen = async (filter: object) => {
      const { body } = await ask(porch, { action: 'pause', filter, dryRun: true });
      return (body['shown'] as { jobId: string }[]).map(({ jobId }) => jobId);
    };
    expect(await chosen({ state: ['queued', 'paused'] })).toEqual(['job-2', 'job-1']);
    expect(await chosen({ name: 'order' })).toEqual(['job-2']);
    expect(await chosen({ failureCode: 'card_declined', state: ['failed'] })).toEqual([failing]);
    expect(await chosen({ from, state: ['failed', 'queued'] })).toEqual([failing]);
    expect(await chosen({ to: porch.clock.now() - 1_000, state: ['failed', 'queued'] })).toEqual(['job-2']);
  });

  test('that is only tried tells what would become of jobs, and changes nothing', async () => {
    const porch = await aPorchWith(2);
    const told = await ask(porch, {
      id: 'x',
      action: 'pause',
      filter: { state: ['queued', 'paused'] },
      dryRun: true,
    });
    expect(told).toMatchObject({
      status: 200,
      body: {
        dryRun: true,
        action: 'pause',
        expected: { jobs: 2, isMore: false },
        byState: { queued: 1, paused: 1 },
        shown: [
          { jobId: 'job-2', name: 'order', state: 'queued', outcome: 'done', after: 'paused' },
          { jobId: 'job-1', state: 'paused', outcome: 'refused', because: 'job_is_paused', after: 'paused' },
        ],
      },
    });
    expect((await porch.ask('GET', '/api/v3/jobs/job-2')).body).toMatchObject({ state: 'queued', auditCount: 2 });
    expect((await porch.ask('GET', path)).body).toMatchObject({ batches: [] });
  });

  test('that is sent twice under its id is one; with another body it is refused', async () => {
    const porch = await aPorchWith(3);
    const pause = { id: 'a', action: 'pause', filter: { name: 'order' } };
    await ask(porch, pause);
    await ended(porch, 'a');
    porch.happens('job-2', { kind: 'resumed', by: 'bob' });
    const again = await ask(porch, pause);
    expect(again).toMatchObject({ status: 202, body: { batchId: 'a', state: 'completed' } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await porch.ask('GET', '/api/v3/jobs/job-2')).body).toMatchObject({ state: 'queued' });
    const other = await ask(porch, { ...pause, filter: { name: 'refund' } });
    expect(other).toMatchObject({ status: 422, body: { code: 'batch_id_reused' } });
    expect(other.headers.get('location')).toBe(`${path}/a`);
  });

  test('is given an id unless it has one', async () => {
    const porch = await aPorchWith(1);
    const { body } = await ask(porch, { action: 'cancel', all: true });
    expect(body['batchId']).toMatch(/^[0-9a-z]{22}$/);
    expect(await ended(porch, body['batchId'] as string)).toMatchObject({ counts: { done: 1 } });
  });

  test('tells of each job what became of it and why, page by page and by outcome', async () => {
    const porch = await aPorchWith(5);
    porch.happens('job-3', { kind: 'cancelled', by: 'bob' });
    await ask(porch, { id: 'b', action: 'pause', filter: { state: ['queued', 'paused', 'aborted'] } });
    expect(await ended(porch, 'b')).toMatchObject({ counts: { done: 3, refused: 2 } });
    const seen: unknown[] = [];
    for (let token: string | null = ''; token !== null; ) {
      const { body } = await porch.ask('GET', `${path}/b/results?size=2${token && `&page_token=${token}`}`);
      seen.push(...(body['results'] as object[]));
      token = (body['page'] as { page_token: string | null }).page_token;
    }
    expect(seen).toMatchObject([
      { jobId: 'job-5', outcome: 'done', at: porch.clock.now() },
      { jobId: 'job-4', outcome: 'done' },
      { jobId: 'job-3', outcome: 'refused', because: 'job_is_final' },
      { jobId: 'job-2', outcome: 'done' },
      { jobId: 'job-1', outcome: 'refused', because: 'job_is_paused' },
    ]);
    const { body } = await porch.ask('GET', `${path}/b/results?outcome=refused`);
    expect((body['results'] as { jobId: string }[]).map(({ jobId }) => jobId)).toEqual(['job-3', 'job-1']);
    const forged = await porch.ask('GET', `${path}/b/results?page_token=forged`);
    expect(forged).toMatchObject({ status: 400, body: { errors: [{ path: 'query.page_token' }] } });
  });

  test('that has ended cannot be cancelled, an unknown one neither read nor cancelled', async () => {
    const porch = await aPorchWith(1);
    await ask(porch, { id: 'c', action: 'cancel', all: true });
    await ended(porch, 'c');
    const late = await porch.ask('POST', `${path}/c/cancel`);
    expect(late).toMatchObject({ status: 409, body: { code: 'batch_has_ended', detail: 'batch `c` is completed' } });
    for (const [method, where] of [
      ['GET', 'nobody'],
      ['GET', 'nobody/results'],
      ['POST', 'nobody/cancel'],
    ] as const)
      expect(await porch.ask(method, `${path}/${where}`)).toMatchObject({
        status: 404,
        body: { code: 'batch_not_found', detail: 'there is no batch `nobody`' },
      });
  });

  test('can be found in the list, newest first, by its state', async () => {
    const porch = await aPorchWith(1);
    for (const id of ['a', 'b']) {
      await ask(porch, { id, action: 'resume', filter: { name: 'order' } });
      await ended(porch, id);
      await porch.clock.advance(10);
    }
    const idsOf = async (query: string) =>
      ((await porch.ask('GET', `${path}${query}`)).body['batches'] as { batchId: string }[]).map(
        (each) => each.batchId,
      );
    expect(await idsOf('')).toEqual(['b', 'a']);
    expect(await idsOf('?state=completed,cancelled&size=1')).toEqual(['b']);
    expect(await idsOf('?state=running')).toEqual([]);
  });

  test.each([
    [{ action: 'explode', all: true }, 'action', /expected one of "cancel"/],
    [{ action: 'cancel' }, 'filter', /names nothing: choose jobs by/],
    [{ action: 'cancel', filter: {} }, 'filter', /or say `"all": true`/],
    [{ action: 'cancel', filter: { state: ['done'] } }, 'filter.state[0]', /expected one of/],
    [{ action: 'cancel', filter: { state: [] } }, 'filter.state', /1/],
    [{ action: 'cancel', filter: { colour: 'red' } }, 'filter.colour', /no such field/],
    [{ action: 'cancel', filter: { from: 'yesterday' } }, 'filter.from', /neither milliseconds|Invalid input/],
    [{ action: 'cancel', filter: { from: 20, to: 10 } }, 'filter.to', /later than `from`/],
    [{ action: 'cancel', all: true, ratePerSecond: 0 }, 'ratePerSecond', /0\.1/],
    [{ action: 'cancel', all: true, ratePerSecond: 9_999 }, 'ratePerSecond', /5000/],
    [{ action: 'cancel', all: true, id: 'a/b' }, 'id', /is no id/],
    [{ action: 'cancel', all: true, recovery: {} }, 'recovery', /is for the action `recover`/],
    [{ action: 'recover', all: true, recovery: { delay: '5m' } }, 'recovery.delay', /means nothing without an action/],
    [{ action: 'recover', all: true, recovery: { action: 'skip', delay: '5m' } }, 'recovery.delay', /with `skip`/],
    [{ action: 'recover', all: true, recovery: { action: 'jump' } }, 'recovery.action', /no action of recovery/],
    [
      { action: 'recover', all: true, recovery: { action: 'retry', delay: 'soon' } },
      'recovery.delay',
      /30s|`10m`|milliseconds/,
    ],
    [{ filter: { name: 'order' } }, 'action', /expected one of/],
  ])('%j is refused, and %s named', async (json, field, words) => {
    const porch = await aPorchWith(1);
    const told = await ask(porch, json);
    expect(told).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const [{ path: named, message }] = told.body['errors'] as [{ path: string; message: string }];
    expect(named).toBe(field);
    expect(message).toMatch(words);
    expect((await porch.ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({ state: 'paused' });
  });
});

describe('jobs', () => {
  test('are listed by the code of their failure', async () => {
    const porch = aPorch();
    const jobId = await porch.submit({ name: 'refund', nodes: [{ id: 'n', type: 'function', handler: 'charge' }] });
    await porch.submit(order);
    const failure = { code: 'card_declined', message: 'no', retryable: false };
    porch.happens(jobId, claimed(0), { kind: 'failed', node: 0, attempt: 1, failure, chance: 0 });
    const { body } = await porch.ask('GET', '/api/v3/jobs?failureCode=card_declined');
    expect(body['jobs']).toMatchObject([{ jobId }]);
    expect((await porch.ask('GET', '/api/v3/jobs?failureCode=other')).body['jobs']).toEqual([]);
  });
});
