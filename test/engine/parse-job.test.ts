import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryPolicies } from '../../shared/adapters/memory/policies.ts';
import { parseJob } from '../../shared/engine/parse-job.ts';
import type { Policies } from '../../shared/ports/index.ts';
import { anEngine } from '../support/an-engine.ts';

/** One that fails until it is told not to. */
const job = (retry: unknown, handler = 'flaky') => ({
  name: 'x',
  nodes: [{ id: 'a', type: 'function', handler, retry }],
});

describe('jobs that name retry policies', () => {
  let policies: Policies;
  const draft = (body: object) => ({ body: body as never, at: 1, by: 'ada' });

  beforeEach(async () => {
    policies = createMemoryPolicies();
    await policies.create('retry', 'careful', draft({ strategy: 'fixed', delay: 7_000, maxAttempts: 2 }));
  });

  async function parsed(document: unknown, repeated = false) {
    const read = await parseJob(policies, document, 0, repeated);
    if (read.kind === 'faults') throw new Error(JSON.stringify(read.faults));
    return read;
  }

  test('are retried as the policy said when they were submitted', async () => {
    let calls = 0;
    const flaky = () => {
      calls++;
      throw new Error('not yet');
    };
    const { engine, clock, states } = await anEngine({ register: (each) => each.registerHandler('flaky', flaky) });
    const { spec } = await parsed(job('careful'));
    const { jobId } = (await engine.submit(spec)) as { jobId: string };
    await policies.update('retry', 'careful', 1, draft({ strategy: 'immediate', maxAttempts: 50 }));
    await clock.advance(6_999);
    expect([calls, await states(jobId)]).toEqual([1, { a: 'retrying' }]);
    await clock.advance(1);
    expect([calls, await states(jobId)]).toEqual([2, { a: 'failed' }]);
  });

  test('each policy is read once, and none where none is named', async () => {
    const asked: string[] = [];
    const counting: Policies = {
      ...policies,
      get: (kind, name, version) => {
        asked.push(`${name}@${version ?? 'newest'}`);
        return policies.get(kind, name, version);
      },
    };
    const nodes = ['a', 'b', 'c'].map((id) => ({ id, type: 'function', handler: 'h', retry: 'careful' }));
    const document = { name: 'x', retry: { policy: 'careful', version: 1 }, nodes };
    expect(await parseJob(counting, document, 0)).toMatchObject({ kind: 'spec' });
    expect(await parseJob(counting, job({ maxAttempts: 1 }), 0)).toMatchObject({ kind: 'spec' });
    expect(asked.toSorted()).toEqual(['careful@1', 'careful@newest']);
  });

  test('J9: the same words under the same key are the same job, whatever the policy says by then, or that it is gone', async () => {
    const { engine } = await anEngine({ register: (each) => each.registerHandler('flaky', () => 1) });
    const submit = async () => {
      const { spec, asked } = await parsed(job('careful'), true);
      return engine.submit(spec, { idempotencyKey: 'k', fingerprint: asked!.fingerprint, faults: asked!.unknown });
    };
    const first = await submit();
    expect(first.kind).toBe('created');
    await policies.update('retry', 'careful', 1, draft({ maxAttempts: 9 }));
    expect(await submit()).toEqual({ ...first, kind: 'existing' });
    await policies.delete('retry', 'careful');
    expect(await submit()).toEqual({ ...first, kind: 'existing' });
    const { spec, asked } = await parsed(job('bold'), true);
    const other = { fingerprint: asked!.fingerprint, faults: asked!.unknown };
    expect(await engine.submit(spec, { ...other, idempotencyKey: 'k' })).toMatchObject({ kind: 'keyReused' });
    expect(await engine.submit(spec, { ...other, idempotencyKey: 'k2' })).toEqual({
      kind: 'refused',
      faults: [{ path: 'nodes[0].retry', message: 'there is no retry policy `bold`' }],
    });
    expect((await engine.list({ size: 9 })).jobs).toHaveLength(1);
  });

  test('J9: a handler that nobody has any more does not hide what was accepted under the key', async () => {
    const { engine, another } = await anEngine({ register: (each) => each.registerHandler('flaky', () => 1) });
    const { spec, asked } = await parsed(job('careful'), true);
    const keyed = { idempotencyKey: 'k', fingerprint: asked!.fingerprint };
    const first = await engine.submit(spec, keyed);
    const later = await another();
    const unknown = await parsed(job('careful', 'gone'), true);
    expect(await later.submit(unknown.spec, { ...keyed, fingerprint: asked!.fingerprint })).toEqual({
      ...first,
      kind: 'existing',
    });
  });

  test('children and items are retried by the copies that their parent has', async () => {
    const calls = new Map<string, number>();
    const flaky = (_: unknown, { nodeId }: { nodeId: string }) => {
      calls.set(nodeId, (calls.get(nodeId) ?? 0) + 1);
      throw new Error('never');
    };
    const { engine, clock } = await anEngine({ register: (each) => each.registerHandler('flaky', flaky as never) });
    const child = { name: 'c', retry: 'careful', nodes: [{ id: 'inner', type: 'function', handler: 'flaky' }] };
    const nodes = [
      { id: 'j', type: 'job', job: child },
      { id: 'm', type: 'map', over: [1], node: { type: 'function', handler: 'flaky', retry: 'careful' } },
    ];
    await engine.submit((await parsed({ name: 'x', nodes })).spec);
    await policies.delete('retry', 'careful');
    await clock.advance(60_000);
    expect([...calls].toSorted()).toEqual([
      ['inner', 2],
      ['m[0]', 2],
    ]);
  });
});
