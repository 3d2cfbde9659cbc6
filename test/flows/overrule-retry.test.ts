import { describe, expect, test } from '@jest/globals';
import { nodeAt } from '../../shared/jobs/index.ts';
import { anEngine } from '../support/an-engine.ts';

const hour = 3_600_000;

describe('an operator decides on a retry that is an hour away', () => {
  test('made now, it runs at once, and nothing happens when its time would have come', async () => {
    const { engine, clock, jobId, calls } = await withRetry();
    expect(await engine.retryNow(jobId, 'pay', 1, { by: 'ada' })).toMatchObject({ kind: 'done' });
    await clock.advance(1);
    const ended = (await engine.get(jobId))!;
    expect([ended.header.state, calls.length]).toEqual(['completed', 2]);
    await clock.advance(2 * hour);
    expect((await engine.get(jobId))!.header.version).toBe(ended.header.version);
    expect(calls).toHaveLength(2);
  });

  test('cancelled, it ends its node and its job now, and is never made', async () => {
    const { engine, clock, jobId, calls } = await withRetry();
    const answer = await engine.cancelRetry(jobId, 'pay', 1, { by: 'ada', reason: 'a mistake' });
    expect(answer).toMatchObject({ kind: 'done', job: { header: { state: 'failed' } } });
    await clock.advance(2 * hour);
    expect(calls).toHaveLength(1);
    expect(await engine.cancelRetry(jobId, 'pay', 1, { by: 'ada' })).toMatchObject({
      kind: 'refused',
      because: 'jobIsFinal',
    });
  });

  test('two who decide at the same time: one is done, the other is told that it is decided', async () => {
    const { engine, clock, jobId } = await withRetry({ id: 'nap', type: 'delay', delay: '3h' });
    const answers = await Promise.all([
      engine.retryNow(jobId, 'pay', 1, { by: 'ada' }),
      engine.cancelRetry(jobId, 'pay', 1, { by: 'bob' }),
      engine.retryNow(jobId, 'pay', 1, { by: 'ada' }),
    ]);
    const refused = { kind: 'refused', because: 'nodeIsNotRetrying' };
    expect(answers).toMatchObject([{ kind: 'done' }, refused, refused]);
    await clock.advance(1);
    expect(nodeAt((await engine.get(jobId))!, 0)).toMatchObject({ state: 'succeeded', attempt: 2 });
  });

  test('whoever takes over after a crash keeps to what was decided', async () => {
    const { engine, another, clock, jobId, calls } = await withRetry({ id: 'nap', type: 'delay', delay: '3h' });
    await engine.pause(jobId, { by: 'bob' });
    await engine.retryNow(jobId, 'pay', 1, { by: 'ada' });
    const next = await another();
    await next.resume(jobId, { by: 'bob' });
    await clock.advance(1);
    expect([nodeAt((await next.get(jobId))!, 0).state, calls.length]).toEqual(['succeeded', 2]);
  });

  test('the list shows it for as long as it is scheduled', async () => {
    const { engine, jobId } = await withRetry();
    const { retries } = await engine.listRetries({ size: 10 });
    expect(retries).toMatchObject([{ job: { id: jobId }, node: 0, run: { attempt: 1, failure: { code: 'busy' } } }]);
    await engine.cancelRetry(jobId, 'pay', 1, { by: 'ada' });
    expect(await engine.listRetries({ size: 10 })).toEqual({ retries: [] });
  });

  test('of a node or a job that is not there, both are told so', async () => {
    const { engine, jobId } = await withRetry();
    expect(await engine.retryNow(jobId, 'nobody', 1, { by: 'ada' })).toMatchObject({ because: 'unknownNode' });
    expect(await engine.cancelRetry('nobody', 'pay', 1, { by: 'ada' })).toEqual({ kind: 'unknownJob' });
  });
});

/** A job whose payment has failed once and would be tried again in an hour. */
async function withRetry(...others: readonly object[]) {
  const calls: number[] = [];
  const held = await anEngine({
    register: (engine) =>
      engine.registerHandler('pay', (_, { attempt }) => {
        calls.push(attempt);
        if (attempt === 1) throw Object.assign(new Error('come back later'), { code: 'busy' });
      }),
  });
  const pay = {
    id: 'pay',
    type: 'function',
    handler: 'pay',
    retry: { strategy: 'fixed', delay: hour, maxDelay: hour },
  };
  const jobId = await held.submit({ name: 'order', nodes: [pay, ...others] });
  await held.clock.advance(1);
  expect(nodeAt((await held.engine.get(jobId))!, 0).state).toBe('retrying');
  return { ...held, jobId, calls };
}
