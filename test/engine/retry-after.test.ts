import { describe, expect, test } from '@jest/globals';
import { nodeAt } from '../../shared/jobs/index.ts';
import { anEngine } from '../support/an-engine.ts';

const busy = (more: object) => Object.assign(new Error('come back later'), more);

/** One node whose handler throws at first. */
async function afterThrowing(thrown: unknown, retry: object = { strategy: 'fixed', delay: '1s' }) {
  let calls = 0;
  const held = await anEngine({
    register: (engine) =>
      engine.registerHandler('work', () => {
        if (calls++ === 0) throw thrown;
        return 'done';
      }),
  });
  const jobId = await held.submit({ name: 'j', nodes: [{ id: 'a', type: 'function', handler: 'work', retry }] });
  const run = async () => nodeAt((await held.engine.get(jobId))!, 0);
  return { ...held, jobId, run };
}

describe('what a handler throws', () => {
  test('may say when to come back, and the node does not run sooner', async () => {
    const { run, clock, states, jobId } = await afterThrowing(busy({ code: 'busy', retryAfter: '30s' }));
    expect(await run()).toMatchObject({ state: 'retrying', failure: { code: 'busy', retryAfterMs: 30_000 } });
    await clock.advance(29_900);
    expect(await states(jobId)).toEqual({ a: 'retrying' });
    await clock.advance(1_000);
    expect(await states(jobId)).toEqual({ a: 'succeeded' });
  });

  test('may say it in milliseconds, and nonsense is not heard', async () => {
    expect(await (await afterThrowing(busy({ retryAfter: 5_000 }))).run()).toHaveProperty(
      'failure.retryAfterMs',
      5_000,
    );
    const { run } = await afterThrowing(busy({ retryAfter: 'tomorrow' }));
    expect(await run()).not.toHaveProperty('failure.retryAfterMs');
  });

  test('is known by its name to the rules of the policy, whatever its code', async () => {
    const thrown = Object.assign(new TypeError('fetch failed'), { code: 'E_FETCH' });
    const rules = [{ on: { name: 'TypeError' }, retry: false }];
    const { run } = await afterThrowing(thrown, { rules });
    expect(await run()).toMatchObject({ state: 'failed', failure: { code: 'E_FETCH', name: 'TypeError' } });
    expect(await (await afterThrowing(busy({ code: 'busy' }))).run()).not.toHaveProperty('failure.name');
  });
});
