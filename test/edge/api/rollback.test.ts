import { describe, expect, test } from '@jest/globals';
import type { JobEvent } from '../../../shared/jobs/index.ts';
import { aPorch, claimed, type Porch, succeeded } from './a-porch.ts';

const call = { type: 'function', handler: 'work' };
const order = {
  name: 'order',
  nodes: [
    { id: 'reserve', ...call, compensate: { ...call, handler: 'release' } },
    { id: 'pay', ...call, dependsOn: ['reserve'], compensate: { ...call, input: { payment: '${self.result.id}' } } },
    { id: 'ship', ...call, dependsOn: ['pay'] },
  ],
};
const undoPay = 4;
const failure = { code: 'gone', message: 'it is gone', retryable: false };
const failed: JobEvent = { kind: 'failed', node: undoPay, attempt: 1, failure, chance: 0 };

async function paid(): Promise<
  Porch & { readonly jobId: string; post(path: string, json?: object): ReturnType<Porch['ask']> }
> {
  const porch = aPorch();
  const jobId = await porch.submit(order);
  porch.happens(jobId, claimed(0), succeeded(0, { id: 'r-1' }), claimed(1), succeeded(1, { id: 'p-1' }));
  const post = (path: string, json?: object) =>
    porch.ask('POST', `/api/v3/jobs/${jobId}/${path}`, json === undefined ? {} : { json });
  return { ...porch, jobId, post };
}

describe('POST /api/v3/jobs/{job}/rollback', () => {
  test('answers with the job as it is being rolled back, and the audit says who asked and why', async () => {
    const { ask, jobId, post } = await paid();
    expect(await post('rollback', { reason: 'out of stock' })).toMatchObject({
      status: 200,
      body: {
        state: 'rolling_back',
        rollback: { by: 'api', stage: 'compensating' },
        compensations: { total: 2, succeeded: 0, skipped: 0, failed: 0 },
      },
    });
    const { lines } = (await ask('GET', `/api/v3/jobs/${jobId}/audit`)).body as { lines: object[] };
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'rollbackStarted', by: 'api', because: 'out of stock', job: 'rolling_back' }),
    );
  });

  test('compensations are nodes of the job, which name whose work they take back', async () => {
    const { ask, jobId, post } = await paid();
    await post('rollback');
    const { nodes } = (await ask('GET', `/api/v3/jobs/${jobId}/nodes`)).body as { nodes: object[] };
    expect(nodes[1]).toMatchObject({ id: 'pay', state: 'succeeded', compensatedBy: 'undo(pay)' });
    expect(nodes[undoPay]).toMatchObject({ id: 'undo(pay)', state: 'ready', compensates: 'pay' });
    const one = await ask('GET', `/api/v3/jobs/${jobId}/nodes/${encodeURIComponent('undo(reserve)')}`);
    expect(one).toMatchObject({ status: 200, body: { state: 'blocked', compensates: 'reserve' } });
  });

  test('is refused with what would be accepted now', async () => {
    const { happens, jobId, post } = await paid();
    await post('rollback');
    expect(await post('rollback')).toMatchObject({
      status: 409,
      body: { code: 'rolling_back', detail: `job \`${jobId}\` is being rolled back`, allowed: ['pause', 'cancel'] },
    });
    expect(await post('signals/go', {})).toMatchObject({ status: 409 });
    happens(jobId, claimed(undoPay), failed);
    expect(await post('resume')).toMatchObject({ status: 409 });
  });

  test('of a job that has ended and has nothing to compensate is refused', async () => {
    const { ask, happens, submit } = aPorch();
    const jobId = await submit({ name: 'plain', nodes: [{ id: 'a', ...call }] });
    happens(jobId, claimed(0), succeeded(0));
    const detail = `job \`${jobId}\` is completed, and no node of it that succeeded has a \`compensate\``;
    expect(await ask('POST', `/api/v3/jobs/${jobId}/rollback`)).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_compensate', detail },
    });
  });
});

describe('POST /api/v3/jobs/{job}/nodes/{node}/retry-compensation', () => {
  const path = `nodes/${encodeURIComponent('undo(pay)')}/retry-compensation`;

  test('tries a failed compensation again, and the rollback goes on', async () => {
    const { ask, happens, jobId, post } = await paid();
    await post('rollback');
    happens(jobId, claimed(undoPay), failed);
    const stopped = await ask('GET', `/api/v3/jobs/${jobId}`);
    expect(stopped.body).toMatchObject({
      state: 'paused',
      paused: { by: 'rollback', cause: 'compensationFailed' },
      compensations: { failed: 1 },
    });
    expect(await post(path)).toMatchObject({ status: 200, body: { nodeId: 'undo(pay)', state: 'ready', attempt: 1 } });
    expect((await ask('GET', `/api/v3/jobs/${jobId}`)).body).toMatchObject({ state: 'rolling_back' });
  });

  test('is refused for one that has not failed', async () => {
    const { post } = await paid();
    await post('rollback');
    const detail = '`undo(pay)` is no compensation that failed in a rollback under way';
    expect(await post(path)).toMatchObject({ status: 409, body: { code: 'no_failed_compensation', detail } });
  });
});
