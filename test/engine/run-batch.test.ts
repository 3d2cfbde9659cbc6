import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../shared/core/error.ts';
import { cancelled } from '../../shared/jobs/batch/index.ts';
import { aBatchBench, type BatchBench, idAt, queued, retrying } from './a-batch-bench.ts';

const minute = 60_000;

/** Works until all is done that can be. */
async function goOn(bench: BatchBench, more: Parameters<BatchBench['work']>[0] = {}): Promise<void> {
  const work = bench.work(more).goOn(Infinity);
  await bench.clock.advance(minute);
  await work;
}

/** What its audit says was done to it for the batch. */
async function actsOn({ store }: BatchBench, at: number): Promise<readonly string[]> {
  const lines = await store.readAudit(idAt(at), 0, 100);
  return lines.filter(({ request }) => request?.startsWith('batch:b')).map(({ event }) => event);
}

describe('a batch', () => {
  test('acts on each job that its filter chooses, tells of each, and ends', async () => {
    const bench = await aBatchBench(2_468);
    await bench.order('pause', { name: 'odd' });
    await goOn(bench);
    const batch = await bench.batch();
    expect(batch).toMatchObject({ state: 'completed', counts: { done: 1_234, repeated: 0, refused: 0, failed: 0 } });
    expect([batch.chunk, batch.lease, batch.chunks]).toEqual([undefined, undefined, 3]);
    const results = await bench.results();
    expect(new Set(results.map(({ jobId }) => jobId)).size).toBe(1_234);
    expect(results.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect([await bench.stateOf(idAt(1)), await bench.stateOf(idAt(2))]).toEqual(['paused', 'queued']);
    expect(bench.reports).toEqual([]);
  });

  test('neither misses nor repeats a job, although what it does takes jobs out of its own filter while others come', async () => {
    const bench = await aBatchBench(700);
    await bench.order('cancel', { states: ['queued'] }, 100);
    const work = bench.work().goOn(Infinity);
    for (let step = 0; step < 100; step++) {
      const late = queued(90_000 + step);
      await bench.store.create({ ...late, header: { ...late.header, submittedAt: bench.clock.now() } }, []);
      await bench.clock.advance(100);
    }
    await work;
    expect((await bench.batch()).counts.done).toBe(700);
    expect(bench.asked.toSorted()).toEqual(Array.from({ length: 700 }, (_, at) => idAt(at)));
    expect(await bench.stateOf(idAt(90_003))).toBe('queued');
  });

  test('is no faster than it may be', async () => {
    const bench = await aBatchBench(50);
    await bench.order('cancel', {}, 10);
    const work = bench.work().goOn(Infinity);
    await bench.clock.advance(1_000);
    expect(bench.asked.length).toBeGreaterThanOrEqual(10);
    expect(bench.asked.length).toBeLessThanOrEqual(12);
    await bench.clock.advance(5_000);
    await work;
    expect(bench.asked).toHaveLength(50);
  });

  test('says of each job that it could do nothing with why, and goes on with the others', async () => {
    const bench = await aBatchBench(5);
    await bench.commit(idAt(0), [{ kind: 'cancelled', by: 'x' }]);
    await bench.commit(idAt(1), [{ kind: 'paused', by: 'x' }]);
    await bench.order('pause', { states: ['queued', 'paused', 'aborted'] });
    const commit: BatchBench['commit'] = async (jobId, events) => {
      if (jobId === idAt(2)) throw new CodedError('store_too_new', `Job ${jobId} was written by a newer Breakwater.`);
      return jobId === idAt(3) ? undefined : bench.commit(jobId, events);
    };
    await goOn(bench, { commit });
    const results = (await bench.results()).toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
    expect(results).toMatchObject([
      { jobId: idAt(0), outcome: 'refused', because: 'jobIsFinal' },
      { jobId: idAt(1), outcome: 'refused', because: 'jobIsPaused' },
      { jobId: idAt(2), outcome: 'failed', because: 'store_too_new', message: expect.stringMatching(/newer/) },
      { jobId: idAt(3), outcome: 'refused', because: 'unknownJob' },
      { jobId: idAt(4), outcome: 'done' },
    ]);
    expect((await bench.batch()).counts).toEqual({ done: 1, repeated: 0, refused: 3, failed: 1 });
  });

  test('over no job at all has ended', async () => {
    const bench = await aBatchBench(3);
    await bench.order('resume');
    await goOn(bench);
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 0 }, chunks: 0 });
  });
});

describe('a batch whose engine dies', () => {
  /** Stops for ever at the job after so many, as a killed process does: jobs have been acted on of which nothing was told. */
  async function dieAfter(bench: BatchBench, acts: number): Promise<void> {
    let left = acts;
    const commit: BatchBench['commit'] = (jobId, events) =>
      left-- > 0 ? bench.commit(jobId, events) : new Promise(() => {});
    void bench.work({ commit }).goOn(Infinity);
    await bench.clock.advance(10_000);
  }

  test('goes on elsewhere when its lease is over: a result for every job, and each was acted on once', async () => {
    const bench = await aBatchBench(300);
    await bench.order('pause', {}, 100);
    await dieAfter(bench, 250);
    expect((await bench.batch()).counts.done).toBe(200);
    await bench.clock.advance(minute);
    await goOn(bench, { owner: 'two' });
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 300, repeated: 0, refused: 0 } });
    expect((await bench.results()).map(({ jobId }) => jobId).toSorted()).toEqual(
      Array.from({ length: 300 }, (_, at) => idAt(at)),
    );
    for (const at of [0, 60, 120, 299]) expect(await actsOn(bench, at)).toEqual(['paused']);
    expect(bench.asked).toHaveLength(350);
  });

  test('is left alone while its lease lasts, but not by an engine that is alone on its store', async () => {
    const bench = await aBatchBench(300);
    await bench.order('cancel', {}, 100);
    await dieAfter(bench, 150);
    const { version } = await bench.batch();
    const other = bench.work({ owner: 'two' }).goOn(Infinity);
    await other;
    expect((await bench.batch()).version).toBe(version);
    await goOn(bench, { owner: 'three', alone: true });
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 300 } });
  });

  test('does a thing once that could be done twice: what failed again after a retry is not tried again by it', async () => {
    const bench = await aBatchBench(1, retrying);
    await bench.order('retry-now');
    const commit: BatchBench['commit'] = async (jobId, events) => {
      await bench.commit(jobId, events);
      return new Promise(() => {});
    };
    void bench.work({ commit }).goOn(Infinity);
    await bench.clock.advance(10);
    expect(await actsOn(bench, 0)).toEqual(['retriedNow']);
    const failure = { code: 'busy', message: 'busy' };
    await bench.commit(idAt(0), [
      { kind: 'claimed', node: 0, attempt: 2, owner: 'x', leaseUntil: 9e12 },
      { kind: 'failed', node: 0, attempt: 2, failure, chance: 0.5 },
    ]);
    await bench.clock.advance(minute);
    await goOn(bench, { owner: 'two' });
    expect(await actsOn(bench, 0)).toEqual(['retriedNow']);
    expect((await bench.batch()).counts).toMatchObject({ done: 1, refused: 0 });
  });
});

describe('two engines at one batch', () => {
  test('do not share it: who comes second finds the lease', async () => {
    const bench = await aBatchBench(200);
    await bench.order('cancel', {}, 100);
    const both = [bench.work({ owner: 'one' }).goOn(Infinity), bench.work({ owner: 'two' }).goOn(Infinity)];
    await bench.clock.advance(minute);
    await Promise.all(both);
    expect(bench.asked).toHaveLength(200);
    expect((await bench.batch()).counts.done).toBe(200);
  });

  test('who was away for longer than his lease tells nothing twice', async () => {
    const bench = await aBatchBench(200);
    await bench.order('pause', {}, 100);
    const gate = Promise.withResolvers<void>();
    let count = 0;
    const commit: BatchBench['commit'] = async (jobId, events) => {
      if (++count === 60) await gate.promise;
      return bench.commit(jobId, events);
    };
    const slow = bench.work({ commit }).goOn(Infinity);
    await bench.clock.advance(minute);
    await goOn(bench, { owner: 'two' });
    gate.resolve();
    await bench.clock.advance(minute);
    await slow;
    expect((await bench.batch()).counts).toEqual({ done: 200, repeated: 0, refused: 0, failed: 0 });
    expect(await bench.results()).toHaveLength(200);
    for (const at of [0, 130, 141, 150]) expect(await actsOn(bench, at)).toEqual(['paused']);
  });
});

test('who was away while others went on and the batch was cancelled tells nothing of what they have told', async () => {
  const bench = await aBatchBench(300);
  await bench.order('pause', {}, 100);
  const gate = Promise.withResolvers<void>();
  const commit: BatchBench['commit'] = async (jobId, events) => {
    await gate.promise;
    return bench.commit(jobId, events);
  };
  const slow = bench.work({ commit }).goOn(Infinity);
  await bench.clock.advance(minute);
  const other = bench.work({ owner: 'two' }).goOn(Infinity);
  await bench.clock.advance(2_500);
  await bench.batches.write(cancelled(await bench.batch(), 'bob', bench.clock.now()));
  await bench.clock.advance(minute);
  await other;
  const { length } = await bench.results();
  expect(length).toBeGreaterThanOrEqual(200);
  gate.resolve();
  await bench.clock.advance(minute);
  await slow;
  expect(await bench.results()).toHaveLength(length);
  expect((await bench.batch()).counts.done).toBe(length);
});

describe('a batch on which much time is spent', () => {
  test('stays with its engine, however long each job takes: the lease is renewed within a chunk', async () => {
    const bench = await aBatchBench(500);
    await bench.order('pause');
    const slowly: BatchBench['commit'] = async (jobId, events) => {
      await bench.clock.sleep(10_000);
      return bench.commit(jobId, events);
    };
    const work = bench.work({ commit: slowly }).goOn(Infinity);
    const others: string[] = [];
    const commit: BatchBench['commit'] = async (jobId) => void others.push(jobId) as undefined;
    for (let step = 0; step < 60; step++) {
      await bench.clock.advance(5_000);
      await bench.work({ owner: 'two', commit }).goOn(bench.clock.now());
    }
    await work;
    expect(others).toEqual([]);
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 500 } });
    expect(await bench.results()).toHaveLength(500);
  });
});

describe('a batch that ends early', () => {
  test('cancelled, no job more is begun, and what had been done is told', async () => {
    const bench = await aBatchBench(300);
    await bench.order('pause', {}, 100);
    const work = bench.work();
    const going = work.goOn(Infinity);
    await bench.clock.advance(2_500);
    await bench.batches.write(cancelled(await bench.batch(), 'bob', bench.clock.now()));
    work.interrupt('b');
    await bench.clock.advance(minute);
    await going;
    const done = bench.asked.length;
    expect(done).toBeGreaterThan(240);
    expect(done).toBeLessThan(260);
    expect(await bench.batch()).toMatchObject({ state: 'cancelled', cancelledBy: 'bob', counts: { done } });
    expect(await bench.results()).toHaveLength(done);
    await goOn(bench, { owner: 'two' });
    expect(bench.asked).toHaveLength(done);
  });

  test('an engine that closes tells what it did and lets the batch go, for another at once', async () => {
    const bench = await aBatchBench(300);
    await bench.order('pause', {}, 100);
    const work = bench.work();
    const going = work.goOn(Infinity);
    await bench.clock.advance(2_500);
    work.close();
    await going;
    const { length: done } = bench.asked;
    expect(await bench.batch()).toMatchObject({ state: 'running', counts: { done } });
    expect(await bench.batch()).not.toHaveProperty('lease');
    await goOn(bench, { owner: 'two' });
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 300 } });
    expect(bench.asked).toHaveLength(300);
  });

  test('by ticks alone it comes to its end, a slice at a time', async () => {
    const bench = await aBatchBench(300);
    await bench.order('pause', {}, 10);
    for (let tick = 1; tick <= 10; tick++) {
      const slice = bench.work({ owner: `tick ${tick}` }).goOn(bench.clock.now() + 5_000);
      await bench.clock.advance(6_000);
      await slice;
    }
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 300 } });
    expect(bench.asked).toHaveLength(300);
  });
});

describe('a batch on a store that fails', () => {
  test('loses nothing when writes are made but not answered', async () => {
    const bench = await aBatchBench(300);
    await bench.order('pause', {}, 100);
    let writes = 0;
    const batches: BatchBench['batches'] = {
      ...bench.batches,
      async write(...given) {
        const answer = await bench.batches.write(...given);
        if (++writes % 2 === 0) throw new CodedError('store_timeout', 'no answer');
        return answer;
      },
    };
    await goOn(bench, { batches });
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 300, repeated: 0 } });
    expect(await bench.results()).toHaveLength(300);
    expect(bench.reports).toEqual([]);
  });

  test('is reported where the store is away for longer than is waited for, and goes on with the next look', async () => {
    const bench = await aBatchBench(30);
    await bench.order('pause');
    const list = () => Promise.reject(new CodedError('store_unavailable', 'away'));
    await goOn(bench, { store: { list } });
    expect(bench.reports).toEqual(['working on batch b: Error: away']);
    await goOn(bench);
    expect(await bench.batch()).toMatchObject({ state: 'completed', counts: { done: 30 } });
  });
});
