import { describe, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import type { Json } from '../../shared/core/json.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { type Job, jobResult, nodeAt } from '../../shared/jobs/index.ts';
import { anEngine } from '../support/an-engine.ts';

const once = { retry: { maxAttempts: 1 } };
const node = (id: string, dependsOn: readonly string[] = [], more: object = {}) => ({
  id,
  type: 'function',
  handler: 'work',
  dependsOn,
  input: { node: id },
  ...more,
});
const order = { name: 'order', nodes: [node('load'), node('pay', ['load'], once), node('ship', ['pay'])] };

/** An engine whose target is broken for some nodes until it is mended, and that notes who was called under which key. */
async function aWorkshop(broken: readonly string[]) {
  const calls: string[] = [];
  const keys: string[] = [];
  const failing = new Set(broken);
  const hanging = new Set<string>();
  const register = (engine: Engine) =>
    engine.registerHandler('work', (input, { nodeId, idempotencyKey }) => {
      calls.push(nodeId);
      keys.push(idempotencyKey.replace(/^[^/]+\//, ''));
      if (failing.has(nodeId)) throw new Error('it is broken');
      if (hanging.has(nodeId)) return new Promise(() => {});
      return { did: (input as { node?: Json } | null)?.node ?? nodeId };
    });
  const held = await anEngine({ register, store: createMemoryJobStore() });
  const ended = async (jobId: string): Promise<Job> => {
    await held.clock.advance(1);
    return (await held.engine.get(jobId))!;
  };
  return { ...held, calls, keys, failing, hanging, ended };
}

describe('a job that failed for good', () => {
  test('is completed by a redrive once its target is mended; what had succeeded is not called again', async () => {
    const { engine, clock, submit, ended, calls, keys, failing } = await aWorkshop(['pay']);
    const jobId = await submit(order);
    expect((await ended(jobId)).header.state).toBe('failed');
    failing.clear();
    expect(await engine.redrive(jobId, {}, { by: 'ada', reason: 'mended' })).toMatchObject({ kind: 'done' });
    const job = await ended(jobId);
    expect(job.header).toMatchObject({ state: 'completed', run: 2 });
    expect(jobResult(job)).toEqual({ did: 'ship' });
    expect(calls).toEqual(['load', 'pay', 'pay', 'ship']);
    expect(keys).toEqual(['load', 'pay', 'pay', 'ship']);
    const [verdict] = await Promise.all([engine.verifyAudit(jobId), clock.advance(1)]);
    expect(verdict).toMatchObject({ kind: 'whole' });
  });

  test('goes on after a kill in the middle of its second run', async () => {
    const { engine, another, clock, submit, ended, calls, failing, hanging } = await aWorkshop(['pay']);
    const jobId = await submit(order);
    await ended(jobId);
    failing.clear();
    hanging.add('ship');
    await engine.redrive(jobId, {}, { by: 'ada' });
    expect((await ended(jobId)).header.state).toBe('running');
    hanging.clear();
    const next = await another({ alone: true });
    await clock.advance(1);
    const job = (await next.get(jobId))!;
    expect(job.header).toMatchObject({ state: 'completed', run: 2 });
    expect(calls).toEqual(['load', 'pay', 'pay', 'ship', 'ship']);
  });

  test('failed items of a map are called again, and no others', async () => {
    const { engine, submit, ended, calls, failing } = await aWorkshop(['each[1]']);
    const each = {
      id: 'each',
      type: 'map',
      over: ['x', 'y', 'z'],
      concurrency: 1,
      node: { type: 'function', handler: 'work', ...once },
    };
    const jobId = await submit({ name: 'wide', nodes: [each] });
    expect((await ended(jobId)).header.state).toBe('failed');
    failing.clear();
    await engine.redrive(jobId, {}, { by: 'ada' });
    expect((await ended(jobId)).header.state).toBe('completed');
    expect(calls).toEqual(['each[0]', 'each[1]', 'each[2]', 'each[1]']);
  });

  test('a corrected input, or a corrected spec, is what its nodes are called with', async () => {
    const { engine, submit, ended } = await aWorkshop(['pay']);
    const pay = node('pay', [], { ...once, input: { node: '${job.input.to}' } });
    const jobId = await submit({ name: 'one', input: { to: 'a' }, nodes: [pay] });
    await ended(jobId);
    expect(await engine.redrive(jobId, { input: { to: 'b' } }, { by: 'ada' })).toMatchObject({ kind: 'done' });
    expect((await ended(jobId)).header.state).toBe('failed');
    const parsed = parseJobSpec({ name: 'one', nodes: [node('pay', [], { handler: 'other' })] }, 0);
    if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
    engine.registerHandler('other', (input) => input);
    expect(await engine.redrive(jobId, { spec: parsed.spec }, { by: 'ada' })).toMatchObject({ kind: 'done' });
    const job = await ended(jobId);
    expect([job.header.state, job.header.run, jobResult(job)]).toEqual(['completed', 3, { node: 'pay' }]);
  });

  test('what does not fit is told with all that is wrong, and nothing changes', async () => {
    const { engine, submit, ended } = await aWorkshop(['pay']);
    const jobId = await submit(order);
    const { spec, header } = await ended(jobId);
    const answer = await engine.redrive(jobId, { spec: { ...spec, nodes: spec.nodes.slice(1) } }, { by: 'ada' });
    expect(answer).toMatchObject({
      kind: 'doesNotFit',
      faults: [{ path: 'nodes', message: expect.stringContaining('load') }],
    });
    expect((await engine.get(jobId))!.header.version).toBe(header.version);
    expect(await engine.redrive(jobId, { nodes: ['pay', 'nobody'] }, { by: 'ada' })).toMatchObject({
      because: 'unknownNode',
      unknown: 'nobody',
    });
    expect(await engine.redrive('nobody', {}, { by: 'ada' })).toEqual({ kind: 'unknownJob' });
  });
});

describe('nodes that are named', () => {
  test('are asked under another key where they had succeeded, since a target must not answer with what it did before', async () => {
    const { engine, submit, ended, keys } = await aWorkshop([]);
    const jobId = await submit(order);
    await ended(jobId);
    await engine.redrive(jobId, { nodes: ['pay'] }, { by: 'ada' });
    expect((await ended(jobId)).header).toMatchObject({ state: 'completed', run: 2 });
    expect(keys).toEqual(['load', 'pay', 'ship', 'pay/1', 'ship/1']);
  });

  test('of a map: another list under the same ids has keys of its own', async () => {
    const { engine, submit, ended, keys } = await aWorkshop([]);
    const each = { id: 'each', type: 'map', over: '${job.input}', node: { type: 'function', handler: 'work' } };
    const jobId = await submit({ name: 'wide', input: ['x'], nodes: [each] });
    await ended(jobId);
    await engine.redrive(jobId, { nodes: ['each'], input: ['y'] }, { by: 'ada' });
    expect((await ended(jobId)).header.state).toBe('completed');
    expect(keys).toEqual(['each[0]', 'each[0]/1']);
  });

  test('J9: the same request under its key acts once, also when the item that it named is gone by then', async () => {
    const { engine, submit, ended, calls } = await aWorkshop([]);
    const each = { id: 'each', type: 'map', over: '${job.input}', node: { type: 'function', handler: 'work' } };
    const jobId = await submit({ name: 'wide', input: ['x', 'y'], nodes: [each] });
    await ended(jobId);
    const ask = () =>
      engine.redrive(jobId, { nodes: ['each[1]', 'each'], input: ['z'] }, { by: 'ada', request: 'again-1' });
    expect(await ask()).toMatchObject({ kind: 'done' });
    expect((await ended(jobId)).header.state).toBe('completed');
    expect(await ask()).toMatchObject({ kind: 'repeated' });
    expect(calls).toEqual(['each[0]', 'each[1]', 'each[0]']);
  });

  test('while the job goes on: the attempt under way is told to stop, and another one begins', async () => {
    const { engine, submit, ended, hanging, calls } = await aWorkshop([]);
    hanging.add('pay');
    const jobId = await submit(order);
    await ended(jobId);
    hanging.clear();
    expect(await engine.redrive(jobId, { nodes: ['pay'] }, { by: 'ada' })).toMatchObject({ kind: 'done' });
    const job = await ended(jobId);
    expect(job.header.state).toBe('completed');
    expect(job.header.run).toBeUndefined();
    expect(calls).toEqual(['load', 'pay', 'pay', 'ship']);
    expect(nodeAt(job, 1)).toMatchObject({ attempt: 2 });
  });
});

test('of a parent the node starts a new child job; the child that failed stays as it is and is not redriven itself', async () => {
  const { engine, submit, ended, failing, store } = await aWorkshop(['pay']);
  const jobId = await submit({
    name: 'parent',
    nodes: [{ id: 'child', type: 'job', job: { name: 'child', nodes: [node('pay', [], once)] } }],
  });
  expect((await ended(jobId)).header.state).toBe('failed');
  expect(await engine.redrive(`${jobId}.0.1`, {}, { by: 'ada' })).toMatchObject({ because: 'jobIsChild' });
  failing.clear();
  await engine.redrive(jobId, {}, { by: 'ada' });
  expect((await ended(jobId)).header.state).toBe('completed');
  expect((await store.load(`${jobId}.0.1`))?.header.state).toBe('failed');
  expect((await store.load(`${jobId}.0.2`))?.header.state).toBe('completed');
});

test('whoever watches from the first line on is told of all runs, and the end comes after the last', async () => {
  const { engine, submit, ended, failing } = await aWorkshop(['pay']);
  const jobId = await submit(order);
  await ended(jobId);
  failing.clear();
  await engine.redrive(jobId, {}, { by: 'ada' });
  await ended(jobId);
  const ends: string[] = [];
  for await (const { event, job } of engine.watch(jobId, 0, new AbortController().signal))
    if (event === 'ended' || event === 'redriven') ends.push(`${event} ${job ?? ''}`.trim());
  expect(ends).toEqual(['ended failed', 'redriven', 'ended completed']);
});
