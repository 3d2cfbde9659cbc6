import { describe, expect, test } from '@jest/globals';
import { type BatchOrder, batchLimits } from '../../shared/jobs/batch/index.ts';
import { aFleet } from '../engine/a-fleet.ts';
import { anEngine, type HeldEngine } from '../support/an-engine.ts';

const minute = 60_000;
const shop = { name: 'order', nodes: [{ id: 'pay', type: 'function', handler: 'pay', retry: { maxAttempts: 1 } }] };

/** Jobs that have failed since the bank is closed. */
async function failedJobs(count: number) {
  const bank = { isOpen: false, calls: 0 };
  const pay = () => {
    bank.calls++;
    if (!bank.isOpen) throw Object.assign(new Error('closed'), { code: 'bank_closed' });
    return 'paid';
  };
  const held = await anEngine({ register: (engine) => engine.registerHandler('pay', pay) });
  for (let at = 0; at < count; at++) await held.submit(shop);
  await held.clock.advance(minute);
  return { ...held, bank };
}

const redrive: BatchOrder = { action: 'redrive', filter: { failureCode: 'bank_closed' }, ratePerSecond: 100 };

const stateOf = async ({ engine }: HeldEngine, id: string) => (await engine.batches.get(id))?.state;

describe('many jobs at once', () => {
  test('failed jobs are redriven when the bank has opened, and complete', async () => {
    const { engine, clock, store, bank } = await failedJobs(25);
    bank.isOpen = true;
    const started = await engine.batches.start({ id: 'again', order: redrive, by: 'ada' });
    expect(started).toMatchObject({ kind: 'started', batch: { expected: { jobs: 25, isMore: false } } });
    await clock.advance(minute);
    expect(await engine.batches.get('again')).toMatchObject({ state: 'completed', counts: { done: 25 } });
    expect((await store.list({ size: 100, states: ['completed'] })).jobs).toHaveLength(25);
    expect(bank.calls).toBe(50);
  });

  test('jobs that fail again are not redriven again by the same batch', async () => {
    const { engine, clock, bank } = await failedJobs(25);
    await engine.batches.start({ id: 'again', order: { ...redrive, ratePerSecond: 5 }, by: 'ada' });
    await clock.advance(minute);
    await engine.batches.start({ id: 'again', order: { ...redrive, ratePerSecond: 5 }, by: 'bob' });
    await clock.advance(minute);
    expect(bank.calls).toBe(50);
    expect((await engine.batches.readResults('again', { size: 100 })).results).toHaveLength(25);
  });

  test('jobs that all wait for an answer are answered at once', async () => {
    const { engine, clock, store, submit, bank } = await failedJobs(0);
    for (let at = 0; at < 12; at++) await submit({ ...shop, recovery: [{ on: '*', do: 'escalate' }] });
    await clock.advance(minute);
    expect((await store.list({ size: 100, states: ['paused'] })).jobs).toHaveLength(12);
    bank.isOpen = true;
    const order: BatchOrder = {
      action: 'recover',
      filter: { states: ['paused'] },
      recovery: { action: 'retry' },
      ratePerSecond: 100,
    };
    const { shown } = await engine.batches.preview({ order, by: 'ada' });
    expect(new Set(shown.map(({ outcome }) => outcome))).toEqual(new Set(['done']));
    await engine.batches.start({ id: 'answers', order, by: 'ada' });
    await clock.advance(minute);
    expect(await engine.batches.get('answers')).toMatchObject({ state: 'completed', counts: { done: 12 } });
    expect((await store.list({ size: 100, states: ['completed'] })).jobs).toHaveLength(12);
  });

  test('failed jobs are recovered by their own rules, or with the action that is said, and what no rule is for is told', async () => {
    const { engine, clock, store, submit, bank } = await failedJobs(2);
    const ruled = { ...shop, name: 'ruled', recovery: [{ on: 'failed_job', do: 'skip' }] };
    for (let at = 0; at < 3; at++) await submit(ruled);
    await clock.advance(minute);
    const recover = (more: object = {}): BatchOrder => ({ action: 'recover', filter: {}, ratePerSecond: 100, ...more });
    const { shown } = await engine.batches.preview({ order: recover(), by: 'ada' });
    expect(shown.map(({ name, outcome, because }) => [name, outcome, because])).toEqual([
      ...Array(3).fill(['ruled', 'done', undefined]),
      ...Array(2).fill(['order', 'refused', 'noRuleFits']),
    ]);
    await engine.batches.start({ id: 'rules', order: recover(), by: 'ada' });
    await clock.advance(minute);
    expect(await engine.batches.get('rules')).toMatchObject({ counts: { done: 3, refused: 2 } });
    expect((await store.list({ size: 9, states: ['completed'] })).jobs.map(({ name }) => name)).toEqual(
      Array(3).fill('ruled'),
    );
    bank.isOpen = true;
    await engine.batches.start({ id: 'again', order: recover({ recovery: { action: 'retry' } }), by: 'ada' });
    await clock.advance(minute);
    expect(await engine.batches.get('again')).toMatchObject({ counts: { done: 2, refused: 0 } });
    expect((await store.list({ size: 9, states: ['completed'] })).jobs).toHaveLength(5);
  });

  test('a dry run tells what would become of them, and nothing does', async () => {
    const { engine, clock, store } = await failedJobs(3);
    const preview = await engine.batches.preview({ order: redrive, by: 'ada' });
    expect(preview).toMatchObject({ expected: { jobs: 3, isMore: false }, byState: { failed: 3 } });
    expect(preview.shown).toMatchObject(Array(3).fill({ state: 'failed', outcome: 'done', after: 'queued' }));
    await clock.advance(minute);
    expect((await store.list({ size: 10, states: ['failed'] })).jobs).toHaveLength(3);
  });

  test('another engine goes on with a batch whose engine has stopped, and one that is cancelled there ends here', async () => {
    const held = await failedJobs(60);
    const { engine, clock, another } = held;
    await engine.batches.start({ id: 'b', order: { ...redrive, ratePerSecond: 2 }, by: 'ada' });
    await clock.advance(5_000);
    await engine.stop(0);
    expect(await stateOf(held, 'b')).toBe('running');
    const next = await another();
    await clock.advance(10_000);
    const { counts } = (await next.batches.get('b'))!;
    expect(counts.done).toBeGreaterThan(20);
    expect(await engine.batches.cancel('b', 'bob')).toMatchObject({ kind: 'done' });
    expect(await engine.batches.cancel('b', 'bob')).toMatchObject({ kind: 'repeated' });
    await clock.advance(minute);
    const ended = (await next.batches.get('b'))!;
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'bob' });
    expect(ended.counts.done).toBeLessThan(40);
    const { results } = await next.batches.readResults('b', { size: 200 });
    expect(results).toHaveLength(ended.counts.done);
  });

  test('cancelled by the engine that works on it, it begins with no job more', async () => {
    const { engine, clock, bank } = await failedJobs(100);
    await engine.batches.start({ id: 'b', order: { ...redrive, ratePerSecond: 30 }, by: 'ada' });
    await clock.advance(1_000);
    expect(await engine.batches.cancel('b', 'bob')).toMatchObject({ kind: 'done', batch: { state: 'cancelled' } });
    await clock.advance(minute);
    const { counts } = (await engine.batches.get('b'))!;
    expect(counts.done).toBeGreaterThan(25);
    expect(counts.done).toBeLessThan(35);
    expect(bank.calls).toBe(100 + counts.done);
  });

  test('no more batches run at once than may, and the next is told so', async () => {
    const { engine } = await failedJobs(3);
    const slow: BatchOrder = { action: 'redrive', filter: {}, ratePerSecond: 0.1 };
    for (let at = 0; at < batchLimits.running; at++)
      expect(await engine.batches.start({ id: `b${at}`, order: slow, by: 'ada' })).toMatchObject({ kind: 'started' });
    expect(await engine.batches.start({ order: slow, by: 'ada' })).toEqual({
      kind: 'tooMany',
      running: batchLimits.running,
    });
  });

  test('J4: engines that are only invoked bring a batch to its end by their sweeps alone, one after the other', async () => {
    const fleet = aFleet({ engines: 3, handlers: { work: () => 'done' } });
    const { engines, clock, within } = fleet;
    for (let at = 0; at < 50; at++)
      await fleet.submit({ name: 'nap', nodes: [{ id: 'nap', type: 'delay', delay: '1h' }] });
    await clock.advance(1_000);
    const order: BatchOrder = { action: 'cancel', filter: { name: 'nap' }, ratePerSecond: 2 };
    const [door] = engines;
    await within(10_000, door!.batches.start({ id: 'b', order, by: 'ada' }));
    await within(10_000, door!.invocations.settled());
    const early = (await door!.batches.get('b'))!;
    expect(early.counts.done).toBeGreaterThan(0);
    expect(early).not.toHaveProperty('lease');
    for (let tick = 0; tick < 5; tick++) {
      const { invocations } = engines[1 + (tick % 2)]!;
      await within(
        minute,
        invocations.sweep(0, clock.now() + 8_000, async () => {}),
      );
    }
    expect(await door!.batches.get('b')).toMatchObject({ state: 'completed', counts: { done: 50 } });
  });
});
