import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../shared/core/json.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Attempt } from '../../shared/ports/index.ts';
import { anEngine } from '../support/an-engine.ts';

interface Call {
  readonly handler: string;
  readonly key: string;
  readonly input: Json;
}

/** Handlers that note who called them; `undo` fails for good as long as the test says so. */
async function withHandlers(options = {}) {
  const calls: Call[] = [];
  const world = { isBroken: false };
  const noted = (handler: string, answer: (input: Json, attempt: Attempt) => unknown) => {
    return (input: Json, attempt: Attempt) => {
      calls.push({ handler, key: attempt.idempotencyKey.split('/').slice(1).join('/'), input });
      return answer(input, attempt);
    };
  };
  const register = (engine: Engine) => {
    engine.registerHandler(
      'work',
      noted('work', (_, { nodeId, attempt }) => ({ id: `${nodeId} ${attempt}` })),
    );
    engine.registerHandler(
      'undo',
      noted('undo', () => {
        if (world.isBroken) throw Object.assign(new Error('it is gone'), { code: 'gone', retryable: false });
      }),
    );
    engine.registerHandler(
      'hang',
      noted('hang', () => new Promise(() => {})),
    );
  };
  return { ...(await anEngine({ options, register })), calls, world };
}

const compensate = { type: 'function', handler: 'undo', input: '${self.result.id}' };
const work = { type: 'function', handler: 'work', compensate };
const order = {
  name: 'order',
  nodes: [
    { id: 'reserve', ...work },
    { id: 'pay', ...work, dependsOn: ['reserve'] },
    { id: 'ship', type: 'signal', dependsOn: ['pay'] },
  ],
};
const asked = { by: 'ada', reason: 'out of stock' };

describe('a job is rolled back', () => {
  test('its targets are called in the reverse order, with what their nodes gave and keys that name the compensation', async () => {
    const { engine, clock, submit, calls } = await withHandlers();
    const jobId = await submit(order);
    calls.length = 0;
    expect(await engine.rollback(jobId, asked)).toMatchObject({ kind: 'done' });
    await clock.advance(1);
    expect(calls).toEqual([
      { handler: 'undo', key: 'undo(pay)', input: 'pay 1' },
      { handler: 'undo', key: 'undo(reserve)', input: 'reserve 1' },
    ]);
    expect((await engine.get(jobId))!.header.state).toBe('aborted');
  });

  test('what was stored of it survives the crash of its engine, and the next one ends it', async () => {
    const { engine, another, clock, submit, calls } = await withHandlers({ leaseMs: 3_000 });
    const hanging = {
      ...work,
      compensate: { ...compensate, handler: 'hang', retry: { maxAttempts: 2 }, timeout: '1m' },
    };
    const jobId = await submit({ ...order, nodes: [{ id: 'book', ...hanging }, ...order.nodes.slice(0, 2)] });
    await engine.rollback(jobId, asked);
    await clock.advance(1);
    expect(
      calls
        .filter(({ handler }) => handler !== 'work')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['undo(book)', 'undo(pay)', 'undo(reserve)']);
    const next = await another({ alone: true });
    await clock.advance(0);
    // Only the one whose outcome was not stored is called again, under the same key.
    expect(calls.slice(-1)).toMatchObject([{ handler: 'hang', key: 'undo(book)' }]);
    await next.skip(jobId, 'undo(book)', { by: 'ada' });
    await clock.advance(0);
    expect((await next.get(jobId))!.header.state).toBe('aborted');
    expect(calls.filter(({ key }) => key === 'undo(pay)')).toHaveLength(1);
  });

  test('a compensation that fails for good waits for a decision, and is tried again when somebody asks for it', async () => {
    const { engine, clock, submit, calls, world } = await withHandlers();
    const jobId = await submit(order);
    world.isBroken = true;
    await engine.rollback(jobId, asked);
    await clock.advance(3_600_000);
    expect((await engine.get(jobId))!.header.state).toBe('paused');
    world.isBroken = false;
    expect(await engine.retryCompensation(jobId, 'undo(pay)', { by: 'ada' })).toMatchObject({ kind: 'done' });
    await clock.advance(1);
    expect((await engine.get(jobId))!.header.state).toBe('aborted');
    expect(calls.filter(({ handler }) => handler === 'undo').map(({ key }) => key)).toEqual([
      'undo(pay)',
      'undo(pay)',
      'undo(reserve)',
    ]);
  });

  test('redriven, it does again what was taken back, and its targets are told that it is asked for anew', async () => {
    const { engine, clock, submit, calls } = await withHandlers();
    const jobId = await submit(order);
    await engine.rollback(jobId, asked);
    await clock.advance(1);
    calls.length = 0;
    await engine.redrive(jobId, {}, { by: 'ada' });
    await clock.advance(1);
    expect(calls.map(({ handler }) => handler)).toEqual(['work', 'work']);
    for (const { key } of calls) expect(['reserve', 'pay']).not.toContain(key);
    await engine.rollback(jobId, asked);
    await clock.advance(1);
    expect(calls.slice(2).map(({ key, input }) => [key, input])).toEqual([
      ['undo(pay)~2', 'pay 2'],
      ['undo(reserve)~2', 'reserve 2'],
    ]);
  });

  test('a child that is rolled back by its own id is left to it, though its parent waits for it no more', async () => {
    const { engine, clock, submit, world } = await withHandlers();
    const child = { name: 'child', nodes: [{ id: 'inside', ...work }] };
    const jobId = await submit({ name: 'parent', nodes: [{ id: 'sub', type: 'job', job: child }] });
    await clock.advance(1);
    const childId = `${jobId}.0.1`;
    world.isBroken = true;
    expect(await engine.rollback(childId, asked)).toMatchObject({ kind: 'done' });
    await clock.advance(3_600_000);
    // The sweep has asked after its parent many times.
    expect((await engine.get(childId))!.header).toMatchObject({ state: 'paused', rollback: { by: 'ada' } });
    world.isBroken = false;
    await engine.retryCompensation(childId, 'undo(inside)', { by: 'ada' });
    await clock.advance(1);
    expect((await engine.get(childId))!.header.state).toBe('aborted');
    expect((await engine.get(jobId))!.header.state).toBe('completed');
  });

  test('a handler of a compensation that nobody knows is told at the door', async () => {
    const { engine } = await withHandlers();
    const spec = {
      name: 'x',
      nodes: [{ id: 'a', ...work, compensate: { type: 'function', handler: 'nope' } }],
    } as const;
    expect(await engine.submit(spec as never, {})).toMatchObject({
      kind: 'refused',
      faults: [{ path: 'nodes[0].compensate.handler', message: expect.stringContaining('no handler `nope`') }],
    });
  });
});
