import { describe, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { CodedError } from '../../shared/core/error.ts';
import { nodeAt } from '../../shared/jobs/index.ts';
import type { JobStore } from '../../shared/ports/index.ts';
import { anEngine, specOf } from '../support/an-engine.ts';

const one = { name: 'one', nodes: [{ id: 'a', type: 'function', handler: 'work' }] };

describe('what was accepted ends, whatever dies', () => {
  test('J7: an engine that is alone takes the leases of a dead one at once, as failed attempts', async () => {
    let calls = 0;
    const store = createMemoryJobStore();
    const register = (each: { registerHandler(name: string, handler: () => unknown): void }) =>
      each.registerHandler('work', () => (++calls === 1 ? new Promise(() => {}) : 'done'));
    const dead = await anEngine({ store, register });
    const jobId = await dead.submit(one);
    const second = await dead.another({ alone: true });
    await dead.clock.advance(0);
    const job = (await second.get(jobId))!;
    expect(job.header.state).toBe('completed');
    expect(nodeAt(job, 0)).toMatchObject({ attempt: 2, leaseLosses: 1 });
    const lines = await store.readAudit(jobId, 0, 100);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'leaseLost',
        because: 'executorGone, lease loss 1 of 20, retry in 0 ms',
        attempt: 1,
      }),
    );
  });

  test('a long call keeps its lease for as long as its engine lives', async () => {
    const { engine, clock, submit } = await anEngine({
      options: { leaseMs: 3_000 },
      register: (each) => each.registerHandler('work', () => clock.sleep(60_000)),
    });
    const jobId = await submit(one);
    await clock.advance(60_000);
    const job = (await engine.get(jobId))!;
    expect(job.header.state).toBe('completed');
    expect(nodeAt(job, 0)).toMatchObject({ attempt: 1, leaseLosses: 0 });
  });

  test('J4: the sweep alone finishes a job whose messages and alarms are all lost', async () => {
    const { engine, clock, submit, another } = await anEngine({
      options: { concurrency: 0 },
      register: (each) => each.registerHandler('work', () => 'done'),
    });
    const jobId = await submit(one);
    await Promise.all([engine.stop(0), clock.advance(0)]);
    const second = await another({ concurrency: 10 });
    await clock.advance(1_000);
    expect((await second.get(jobId))!.header.state).toBe('queued');
    await clock.advance(10_000);
    expect((await second.get(jobId))!.header.state).toBe('completed');
  });

  test('a fast sweep takes a message for lost sooner, and the node is run within two of its periods', async () => {
    const { engine, clock, submit, another } = await anEngine({
      options: { concurrency: 0, sweepMs: 1_000, requeueMs: 1_000 },
      register: (each) => each.registerHandler('work', () => 'done'),
    });
    const jobId = await submit(one);
    await Promise.all([engine.stop(0), clock.advance(0)]);
    const second = await another({ concurrency: 10 });
    await clock.advance(2_000);
    expect((await second.get(jobId))!.header.state).toBe('completed');
  });

  test('a node whose handler an engine does not know waits for one that does, and health names it', async () => {
    const store = createMemoryJobStore();
    const old = await anEngine({
      store,
      options: { concurrency: 0 },
      register: (each) => each.registerHandler('work', () => 1),
    });
    const jobId = await old.submit(one);
    const without = await anEngine({ store });
    await without.clock.advance(1_000_000);
    expect(without.engine.health().missingHandlers).toEqual(['work']);
    expect((await without.engine.get(jobId))!.header.state).toBe('queued');
  });

  test('a store that is away for a while costs time and nothing else', async () => {
    const { store, away } = storeWithHolidays();
    let calls = 0;
    const { engine, clock, submit, reports } = await anEngine({
      store,
      register: (each) =>
        each.registerHandler('work', async () => {
          calls++;
          away.until = clock.now() + 3_000;
        }),
    });
    away.now = () => clock.now();
    const jobId = await submit(one);
    await clock.advance(2_000);
    expect(engine.health().storeFailure).toMatchObject({ code: 'store_unavailable' });
    await clock.advance(8_000);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
    expect(engine.health().storeFailure).toBeUndefined();
    expect(calls).toBe(1);
    expect(reports.filter((line) => line.includes('outcome'))).toEqual([]);
  });

  test('an engine that stops lets its calls end, and hands back what does not end in time', async () => {
    const { engine, clock, submit, another } = await anEngine({
      register: (each) => each.registerHandler('work', (_, { attempt }) => clock.sleep(attempt === 1 ? 60_000 : 10)),
    });
    const jobId = await submit(one);
    const stopped = engine.stop(5_000);
    await clock.advance(5_000);
    await stopped;
    const job = (await engine.get(jobId))!;
    expect(nodeAt(job, 0)).toMatchObject({ state: 'ready', attempt: 1, failures: 0, leaseLosses: 0 });
    const second = await another({ alone: true });
    await clock.advance(100);
    expect((await second.get(jobId))!.header.state).toBe('completed');
  });

  test('a node that asks for at most one execution is not run again after a stop', async () => {
    let runs = 0;
    const { engine, clock, submit, another } = await anEngine({
      register: (each) =>
        each.registerHandler('work', () => {
          runs++;
          return clock.sleep(60_000);
        }),
    });
    const node = { id: 'a', type: 'function', handler: 'work', retry: { maxAttempts: 1 } };
    const jobId = await submit({ name: 'once', nodes: [node] });
    await Promise.all([engine.stop(1_000), clock.advance(1_000)]);
    const second = await another({ alone: true });
    await clock.advance(120_000);
    expect((await second.get(jobId))!.header).toMatchObject({ state: 'failed', failure: { code: 'lease_lost' } });
    expect(runs).toBe(1);
  });

  test('a stopped engine starts nothing, whatever was on its way', async () => {
    let runs = 0;
    const { engine, clock, another } = await anEngine({
      register: (each) => each.registerHandler('work', () => ++runs),
    });
    const stopped = engine.stop(0);
    const submitted = engine.submit(specOf(one, clock.now()));
    await clock.advance(0);
    await stopped;
    const { jobId } = (await submitted) as { jobId: string };
    expect(runs).toBe(0);
    const second = await another({ alone: true });
    await clock.advance(100);
    expect((await second.get(jobId))!.header.state).toBe('completed');
  });

  test('room that a cancelled node leaves goes to the next at once', async () => {
    const order: string[] = [];
    const { engine, clock, submit } = await anEngine({
      options: { concurrency: 1 },
      register: (each) =>
        each.registerHandler('note', async (input) => {
          order.push(String(input));
          await clock.sleep(10);
        }),
    });
    const note = (name: string) => ({ name, nodes: [{ id: 'n', type: 'function', handler: 'note', input: name }] });
    await submit(note('a'));
    const b = await submit(note('b'));
    await submit(note('c'));
    await engine.cancel(b, { by: 'operator' });
    await clock.advance(50);
    expect(order).toEqual(['a', 'c']);
  });
});

function storeWithHolidays(): { store: JobStore; away: { until: number; now(): number } } {
  const inner = createMemoryJobStore();
  const away = { until: 0, now: () => 0 };
  const unlessAway = <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) => {
    return async (...args: Args) => {
      if (away.now() < away.until) throw new CodedError('store_unavailable', 'the store is on holiday');
      return ask(...args);
    };
  };
  const store = {
    ...inner,
    create: unlessAway(inner.create),
    load: unlessAway(inner.load),
    commit: unlessAway(inner.commit),
  };
  return { store, away };
}
