import { describe, expect, test } from '@jest/globals';
import type { JobEvent } from '../../../shared/jobs/index.ts';
import { aPorch, claimed, type Porch, succeeded } from './a-porch.ts';

const path = '/api/v3/recoveries';
const call = { type: 'function', handler: 'work' };
const shop = {
  name: 'order',
  nodes: [
    { id: 'pick', ...call, checkpoint: 'picked', compensate: call },
    { id: 'pay', ...call, dependsOn: ['pick'] },
    { id: 'ship', type: 'http', url: 'https://ships.example', dependsOn: ['pay'] },
  ],
};
const escalating = { ...shop, recovery: [{ on: '*', do: 'escalate', to: 'the night shift' }] };
const failure = { code: 'card_declined', message: 'the bank said no', retryable: false };
const failed: JobEvent = { kind: 'failed', node: 1, attempt: 1, failure, chance: 0 };
const options = ['retry', 'skip', 'requeue', 'rollback', 'restore', 'abort', 'fail'];

/** `pay` has failed for good. */
async function failedAtPay(document: object = shop): Promise<Porch & { readonly jobId: string }> {
  const porch = aPorch();
  const jobId = await porch.submit(document);
  porch.happens(jobId, claimed(0), succeeded(0), claimed(1), failed);
  await porch.clock.advance(60_000);
  return { ...porch, jobId };
}

const post = (porch: Porch, json: object, key?: string) =>
  porch.ask('POST', path, {
    json,
    headers: { 'x-breakwater-operator': 'ada', ...(key && { 'idempotency-key': key }) },
  });

const say = (porch: Porch, id: string, what: 'answer' | 'cancel', json?: object, key?: string) =>
  porch.ask('POST', `${path}/${id}/${what}`, { ...(json && { json }), headers: key ? { 'idempotency-key': key } : {} });

async function linesOf(porch: Porch, jobId: string): Promise<readonly Record<string, unknown>[]> {
  return (await porch.ask('GET', `/api/v3/jobs/${jobId}/audit`)).body['lines'] as Record<string, unknown>[];
}

describe('POST /api/v3/recoveries', () => {
  test('a failed job goes on with the action that was asked for, and the session is there to be read', async () => {
    const porch = await failedAtPay();
    const { jobId } = porch;
    const told = await post(porch, {
      job: jobId,
      action: 'retry',
      nodes: ['pay'],
      delay: '10m',
      reason: 'bank is open',
    });
    expect(told).toMatchObject({
      status: 201,
      body: {
        recoveryId: 'job-1.r1',
        jobId,
        state: 'acting',
        by: 'ada',
        finding: { kind: 'failed_node', node: 'pay', code: 'card_declined' },
        nodes: ['pay'],
        steps: [{ action: 'retry', node: 'pay', by: 'ada' }],
        checkpoint: 'before job-1.r1',
      },
    });
    expect(told.headers.get('location')).toBe(`${path}/job-1.r1`);
    expect((await porch.ask('GET', `${path}/job-1.r1`)).body).toEqual(told.body);
    const { body: job } = await porch.ask('GET', `/api/v3/jobs/${jobId}`);
    expect(job).toMatchObject({
      state: 'retrying',
      run: 2,
      recovery: { recoveryId: 'job-1.r1', state: 'acting', options: [] },
      checkpoints: [
        { name: 'picked', by: 'pick', run: 1, outcomes: 1 },
        { name: 'before job-1.r1', by: 'ada', outcomes: 1 },
      ],
    });
    expect((await porch.ask('GET', `${path}/job-1.r1/progress`)).body).toEqual({
      recoveryId: 'job-1.r1',
      jobId,
      state: 'acting',
      job: 'retrying',
      settled: 0,
      total: 1,
      nodes: [{ id: 'pay', state: 'retrying' }],
      steps: 1,
      waitsFor: { kind: 'retry', node: 'pay', at: porch.clock.now() + 600_000 },
      options: [],
    });
    expect(await linesOf(porch, jobId)).toContainEqual(
      expect.objectContaining({ event: 'recoveryStarted', session: 'job-1.r1', action: 'retry', by: 'ada' }),
    );
  });

  test('waits for a retry only where nothing else is left of it', async () => {
    const porch = aPorch();
    const two = { ...shop, nodes: ['a', 'b'].map((id) => ({ id, ...call, onFailure: 'fail' })) };
    await porch.submit(two);
    for (const node of [0, 1]) porch.happens('job-1', claimed(node));
    for (const node of [0, 1]) porch.happens('job-1', { ...failed, node });
    await post(porch, { job: 'job-1', action: 'retry', delay: '10m' });
    porch.happens('job-1', { kind: 'retriedNow', node: 0, attempt: 1, by: 'ada' });
    const waitsFor = async () => (await porch.ask('GET', `${path}/job-1.r1/progress`)).body['waitsFor'];
    expect(await waitsFor()).toEqual({ kind: 'nodes', left: 2 });
    porch.happens('job-1', claimed(0, 2), succeeded(0, null, 2));
    expect(await waitsFor()).toMatchObject({ kind: 'retry', node: 'b' });
  });

  test('without an action the rules of the job decide', async () => {
    const porch = await failedAtPay({ ...shop, recovery: [{ on: 'failed_job', do: 'skip' }] });
    const told = await post(porch, { job: porch.jobId });
    expect(told).toMatchObject({ status: 201, body: { steps: [{ action: 'skip', node: 'pay' }], finding: {} } });
    expect((told.body['steps'] as { because: string }[])[0]!.because).toContain('rule 1 of 1 (on failed_job)');
  });

  test('where no rule is for what was found, that is told with what can be asked for, and nothing changes', async () => {
    const porch = await failedAtPay();
    const { auditCount } = (await porch.ask('GET', '/api/v3/jobs/job-1')).body;
    const told = await post(porch, { job: 'job-1' });
    expect(told).toMatchObject({
      status: 409,
      body: {
        code: 'no_rule_fits',
        detail: expect.stringContaining('`job-1`, which is failed: failed_node of `pay` (card_declined)'),
        allowed: ['retry', 'skip', 'requeue', 'rollback', 'restore'],
      },
    });
    expect((await porch.ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({ auditCount });
    expect((await porch.ask('GET', path)).body).toMatchObject({ recoveries: [] });
  });

  test('the same key twice acts once, and answers with the session that it began', async () => {
    const porch = await failedAtPay();
    const wish = { job: 'job-1', action: 'retry' };
    await post(porch, wish, 'key-1');
    porch.happens('job-1', claimed(1, 2), { ...failed, attempt: 2 });
    await post(porch, { ...wish, nodes: ['pay'] }, 'key-2');
    const again = await post(porch, wish, 'key-1');
    expect(again).toMatchObject({ status: 200, body: { recoveryId: 'job-1.r1', state: 'failed' } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(`${path}/job-1.r1`);
    expect((await porch.ask('GET', `${path}?job=job-1`)).body['recoveries']).toHaveLength(2);
    expect(await post(porch, { job: 'job-1', action: 'skip' }, 'key-1')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test.each([
    [{ action: 'heal' }, 'action', /take retry, skip, requeue, rollback, restore, escalate or abort$/],
    [{ action: 'fail' }, 'action', /take retry, skip/],
    [{ action: 'retry', times: 2 }, 'times', /no such field/],
    [{ action: 'skip', delay: '1h' }, 'delay', /means nothing with `skip`; it goes with `retry`, `requeue`/],
    [{ delay: '1h' }, 'delay', /means nothing without an action/],
    [{ action: 'retry', delay: 'soon' }, 'delay', /must be/],
    [{ action: 'requeue', priority: 10 }, 'priority', /9/],
    [{ action: 'requeue', target: 'else' }, 'target', /means nothing without `nodes`/],
    [{ action: 'requeue', nodes: ['ship'], target: 'else' }, 'target', /must be an http or https address: node `ship`/],
    [{ action: 'restore', nodes: ['pay'] }, 'nodes', /is about the whole job/],
    [{ action: 'escalate', to: 'topic:' }, 'to', /must name the topic/],
    [{ action: 'escalate', to: 'ftp://there' }, 'to', /must be an http or https address/],
  ])('%j is refused, and %s named', async (json, field, words) => {
    const porch = await failedAtPay();
    const { status, body } = await post(porch, { job: 'job-1', ...json });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body['errors']).toEqual([{ path: field, message: expect.stringMatching(words) }]);
    expect((await porch.ask('GET', path)).body).toMatchObject({ recoveries: [] });
  });

  test.each([
    [{ action: 'abort' }, 'job_is_final', 'which is failed, has ended: there is nothing left to abort', undefined],
    [{ action: 'retry', nodes: ['pick'] }, 'nothing_to_run_again', '`retry` is not possible for `pick`', undefined],
    [{ action: 'restore', checkpoint: 'none' }, 'checkpoint_not_found', 'its checkpoints are `picked`', undefined],
    [{ action: 'retry', nodes: ['paid'] }, 'node_not_found', 'has no node `paid`', 404],
  ])('%j is refused with the state of the job and what would be allowed', async (json, code, words, status = 409) => {
    const porch = await failedAtPay();
    const told = await post(porch, { job: 'job-1', ...json });
    expect(told).toMatchObject({ status, body: { code, detail: expect.stringContaining(words) } });
    if (status === 409) expect(told.body['allowed']).toEqual(['retry', 'skip', 'requeue', 'rollback', 'restore']);
    expect((await porch.ask('GET', path)).body).toMatchObject({ recoveries: [] });
  });

  test('on a job that has a session it is refused, and so is an unknown job', async () => {
    const porch = await failedAtPay(escalating);
    expect(await post(porch, { job: 'job-1', action: 'retry' })).toMatchObject({
      status: 409,
      body: {
        code: 'recovery_under_way',
        detail: 'recovery `job-1.r1` acts on job `job-1` and waits for an answer',
        allowed: ['cancel', 'signal', 'rollback', 'answer-recovery', 'cancel-recovery'],
      },
    });
    expect(await post(porch, { job: 'nobody', action: 'retry' })).toMatchObject({
      status: 404,
      body: { code: 'job_not_found' },
    });
  });

  test('on a job that goes on well it says what state that is in', async () => {
    const porch = aPorch();
    await porch.submit(shop);
    expect(await post(porch, { job: 'job-1' })).toMatchObject({
      status: 409,
      body: { code: 'no_rule_fits', detail: expect.stringContaining('nothing was found to be wrong with job `job-1`') },
    });
    expect(await post(porch, { job: 'job-1', action: 'skip' })).toMatchObject({
      status: 409,
      body: {
        code: 'nothing_to_run_again',
        detail: '`skip` is not possible for any node of job `job-1`, which is queued',
        allowed: ['rollback', 'escalate', 'abort'],
      },
    });
  });
});

describe('a recovery that was escalated', () => {
  test('is in the list of open ones, and the job and its node say what they wait for', async () => {
    const porch = await failedAtPay(escalating);
    const { body } = await porch.ask('GET', `${path}?state=open`);
    const at = porch.clock.now() - 60_000;
    expect(body['recoveries']).toMatchObject([
      { recoveryId: 'job-1.r1', state: 'escalated', escalation: { since: at, to: 'the night shift', options } },
    ]);
    expect((await porch.ask('GET', `${path}?state=acting,succeeded`)).body['recoveries']).toEqual([]);
    expect((await porch.ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({
      state: 'paused',
      recovery: { recoveryId: 'job-1.r1', state: 'escalated', finding: { node: 'pay' }, options },
    });
    expect((await porch.ask('GET', '/api/v3/jobs/job-1/nodes/pay')).body).toMatchObject({
      state: 'waiting',
      waitsFor: { kind: 'decision', failure: { code: 'card_declined' } },
    });
    expect((await porch.ask('GET', `${path}/job-1.r1/progress`)).body).toMatchObject({
      settled: 0,
      total: 1,
      waitsFor: { kind: 'answer', since: at, nodes: ['pay'], to: 'the night shift' },
      options,
    });
  });

  test('goes on with the answer, once under its key', async () => {
    const porch = await failedAtPay(escalating);
    const answer = { action: 'retry', nodes: ['pay'], reason: 'the bank is open' };
    const told = await say(porch, 'job-1.r1', 'answer', answer, 'key-1');
    expect(told).toMatchObject({ status: 200, body: { state: 'acting', nodes: ['pay'] } });
    expect(told.body).not.toHaveProperty('escalation');
    porch.happens('job-1', claimed(1, 2), succeeded(1, null, 2));
    const again = await say(porch, 'job-1.r1', 'answer', answer, 'key-1');
    expect(again).toMatchObject({ status: 200, body: { state: 'succeeded' } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await linesOf(porch, 'job-1')).filter(({ request }) => request === 'key-1')).toHaveLength(1);
    expect((await porch.ask('GET', `${path}/job-1.r1/progress`)).body).toMatchObject({ waitsFor: null, options: [] });
  });

  test('takes no answer that it did not ask for', async () => {
    const porch = await failedAtPay(escalating);
    expect(await say(porch, 'job-1.r1', 'answer', { action: 'escalate' })).toMatchObject({
      status: 409,
      body: { code: 'action_not_possible', allowed: options },
    });
    expect(await say(porch, 'job-1.r1', 'answer', { action: 'retry', nodes: ['pick'] })).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_run_again', detail: expect.stringContaining('`job-1.r1`'), allowed: options },
    });
    expect(await say(porch, 'job-1.r1', 'answer', { action: 'retry', nodes: ['paid'] })).toMatchObject({
      status: 404,
      body: { code: 'node_not_found', detail: 'job `job-1` has no node `paid`' },
    });
    expect(await say(porch, 'job-1.r1', 'answer', { action: 'heal' })).toMatchObject({ status: 400 });
    expect((await porch.ask('GET', `${path}/job-1.r1`)).body).toMatchObject({ state: 'escalated' });
  });

  test('can be called off, once; then its failure stands, and it takes no answer any more', async () => {
    const porch = await failedAtPay(escalating);
    expect(await say(porch, 'job-1.r1', 'cancel', { reason: 'gone home' })).toMatchObject({
      status: 200,
      body: { state: 'cancelled', endedAt: porch.clock.now() },
    });
    expect((await porch.ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({ state: 'failed' });
    for (const what of ['answer', 'cancel'] as const)
      expect(await say(porch, 'job-1.r1', what, what === 'answer' ? { action: 'retry' } : {})).toMatchObject({
        status: 409,
        body: {
          code: 'recovery_is_over',
          detail: 'recovery `job-1.r1` of job `job-1` has ended: it is cancelled, and the job is failed',
          allowed: ['recover'],
        },
      });
    await post(porch, { job: 'job-1', action: 'retry' });
    expect(await say(porch, 'job-1.r1', 'cancel')).toMatchObject({
      status: 409,
      body: { code: 'recovery_is_over', detail: expect.stringContaining('`job-1.r2` acts on the job now') },
    });
    expect(await say(porch, 'job-1.r2', 'answer', { action: 'retry' })).toMatchObject({
      status: 409,
      body: { code: 'recovery_not_escalated' },
    });
  });

  test('that there is not is neither read nor answered', async () => {
    const porch = aPorch();
    for (const [method, where] of [
      ['GET', ''],
      ['GET', '/progress'],
      ['POST', '/cancel'],
      ['POST', '/answer'],
    ] as const) {
      const json = where === '/answer' ? { action: 'retry' } : undefined;
      expect(await porch.ask(method, `${path}/nobody.r1${where}`, json ? { json } : {})).toMatchObject({
        status: 404,
        body: { code: 'recovery_not_found', detail: 'there is no recovery `nobody.r1`' },
      });
    }
  });
});

describe('GET /api/v3/recoveries', () => {
  test('lists page by page, newest first', async () => {
    const porch = aPorch();
    for (let at = 0; at < 3; at++) {
      const jobId = await porch.submit(escalating);
      porch.happens(jobId, claimed(0), succeeded(0), claimed(1), failed);
      await porch.clock.advance(1_000);
    }
    const seen: unknown[] = [];
    for (let token: string | null = ''; token !== null; ) {
      const { body } = await porch.ask('GET', `${path}?size=2${token && `&page_token=${token}`}`);
      seen.push(...(body['recoveries'] as { recoveryId: string }[]).map(({ recoveryId }) => recoveryId));
      token = (body['page'] as { page_token: string | null }).page_token;
    }
    expect(seen).toEqual(['job-3.r1', 'job-2.r1', 'job-1.r1']);
    expect((await porch.ask('GET', `${path}?job=job-2`)).body['recoveries']).toMatchObject([{ jobId: 'job-2' }]);
    expect(await porch.ask('GET', `${path}?state=closed`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.state[0]' }] },
    });
    expect(await porch.ask('GET', `${path}?page_token=forged`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.page_token' }] },
    });
  });
});

describe('GET /api/v3/jobs/{job}/diagnosis', () => {
  test('tells what is wrong, what the rules would do, and what can be asked for', async () => {
    const porch = await failedAtPay({ ...shop, recovery: [{ on: 'failed_job', do: 'skip' }] });
    const found = { kind: 'failed_node', node: 'pay', attempt: 1, code: 'card_declined', message: 'the bank said no' };
    expect((await porch.ask('GET', '/api/v3/jobs/job-1/diagnosis')).body).toEqual({
      jobId: 'job-1',
      state: 'failed',
      findings: [found, expect.objectContaining({ kind: 'failed_job' })],
      remedy: {
        action: 'skip',
        finding: expect.objectContaining({ kind: 'failed_job' }),
        because: 'rule 1 of 1 (on failed_job): skip',
      },
      options: ['retry', 'skip', 'requeue', 'rollback', 'restore'],
    });
    expect((await porch.ask('GET', '/api/v3/jobs/job-1')).body).not.toHaveProperty('recovery');
  });

  test('of a job whose recovery is open it says which that is and what it may be answered', async () => {
    const { ask } = await failedAtPay(escalating);
    expect((await ask('GET', '/api/v3/jobs/job-1/diagnosis')).body).toMatchObject({
      findings: [{ kind: 'failed_node', node: 'pay' }],
      recovery: { recoveryId: 'job-1.r1', state: 'escalated', options },
      options: [],
    });
  });

  test('of an unknown job there is none', async () => {
    expect(await aPorch().ask('GET', '/api/v3/jobs/nobody/diagnosis')).toMatchObject({ status: 404 });
  });
});

describe('checkpoints of a job', () => {
  test('are taken by an operator or by a node, listed, and gone back to', async () => {
    const porch = aPorch();
    await porch.submit(shop);
    porch.happens('job-1', claimed(0), succeeded(0));
    const where = '/api/v3/jobs/job-1';
    expect(await porch.ask('POST', `${where}/checkpoints`, { json: { name: 'at:night' } })).toMatchObject({
      status: 200,
      body: { state: 'queued', checkpoints: [{ name: 'picked' }, { name: 'at:night', by: 'api' }] },
    });
    porch.happens('job-1', claimed(1), failed);
    expect((await porch.ask('GET', `${where}/checkpoints`)).body).toMatchObject({
      jobId: 'job-1',
      checkpoints: [
        { name: 'picked', by: 'pick', outcomes: 1 },
        { name: 'at:night', by: 'api', run: 1 },
      ],
    });
    const headers = { 'idempotency-key': 'key-1' };
    const asked = { json: { checkpoint: 'picked', reason: 'again' }, headers };
    expect(await porch.ask('POST', `${where}/restore`, asked)).toMatchObject({
      status: 200,
      body: { state: 'queued', run: 2 },
    });
    const again = await porch.ask('POST', `${where}/restore`, asked);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await linesOf(porch, 'job-1')).filter(({ event }) => event === 'restored')).toHaveLength(1);
  });

  test('tell how many outcomes they keep', async () => {
    const porch = aPorch();
    await porch.submit({ name: 'three', nodes: ['a', 'b', 'c'].map((id) => ({ id, ...call })) });
    for (const node of [0, 2]) porch.happens('job-1', claimed(node), succeeded(node));
    await porch.ask('POST', '/api/v3/jobs/job-1/checkpoints', { json: { name: 'two' } });
    const { body } = await porch.ask('GET', '/api/v3/jobs/job-1/checkpoints');
    expect(body['checkpoints']).toMatchObject([{ name: 'two', outcomes: 2 }]);
  });

  test('that are not there are not gone back to, and a name that is none is refused', async () => {
    const porch = await failedAtPay();
    const where = '/api/v3/jobs/job-1';
    expect(await porch.ask('POST', `${where}/restore`, { json: { checkpoint: 'nowhere' } })).toMatchObject({
      status: 409,
      body: { code: 'checkpoint_not_found', detail: expect.stringContaining('`picked`') },
    });
    expect(await porch.ask('POST', `${where}/checkpoints`, { json: { name: 'two words' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'name' }] },
    });
    for (const [method, end] of [
      ['GET', 'checkpoints'],
      ['POST', 'restore'],
    ] as const)
      expect(await porch.ask(method, `/api/v3/jobs/nobody/${end}`)).toMatchObject({ status: 404 });
  });
});
