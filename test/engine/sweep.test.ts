import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../shared/core/error.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import type { Alarm } from '../../shared/jobs/message/index.ts';
import type { JobStore } from '../../shared/ports/index.ts';
import { aFleet, call, type FleetFixture, wideJob } from './a-fleet.ts';

function aSweptFleet(fixture: FleetFixture = {}) {
  const told: string[] = [];
  const work: Handler = async (_, { nodeId }) => {
    told.push(`${nodeId} begins`);
    await fleet.clock.sleep(1_000);
    told.push(`${nodeId} ends`);
  };
  const fleet = aFleet({ handlers: { work }, ...fixture });
  async function sweep(horizonMs = 0, engine = 0, visitMs = 60_000) {
    const soon: Alarm[] = [];
    const swept = await fleet.within(
      120_000,
      fleet.engines[engine]!.invocations.sweep(horizonMs, fleet.clock.now() + visitMs, async (those) => {
        told.push('announced');
        soon.push(...those);
      }),
    );
    return { ...swept, announced: soon };
  }
  return { ...fleet, told, sweep };
}

const chain = { name: 'order', nodes: [call('a'), call('b', { dependsOn: ['a'] })] };

describe('a sweep', () => {
  test('J4: runs what nobody took, and what becomes ready behind it', async () => {
    const { submit, clock, sweep, states, published } = aSweptFleet();
    const jobId = await submit(chain);
    published.length = 0;
    await clock.advance(5_000);
    expect(await sweep()).toMatchObject({ checked: 1, failed: 0 });
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'succeeded' });
    expect(published).toEqual([]);
  });

  test('J4: alone finishes a wide job none of whose parcels anybody got, each node called once', async () => {
    const { submit, clock, sweep, store, told } = aSweptFleet({ engines: 2, options: { nodesPerParcel: 4 } });
    const jobId = await submit(wideJob(30));
    for (let round = 0; round < 20; round++) {
      await clock.advance(30_000);
      await sweep(0, round % 2);
    }
    expect((await store.load(jobId))!.header.state).toBe('completed');
    expect(told.filter((line) => line.endsWith('begins'))).toHaveLength(31);
  });

  test('leaves alone what is not due, and announces it once it is due within the horizon', async () => {
    const { submit, clock, sweep } = aSweptFleet();
    const jobId = await submit({ name: 'nap', nodes: [{ id: 'nap', type: 'delay', delay: '10m' }] });
    expect(await sweep(75_000)).toMatchObject({ checked: 0, announced: [] });
    await clock.advance(9 * 60_000);
    expect(await sweep(75_000)).toMatchObject({ checked: 0, announced: [{ jobId, at: 1_600_000 }] });
  });

  test('announces what is due soon before it waits for what it runs', async () => {
    const { submit, clock, sweep, told } = aSweptFleet();
    await submit(chain);
    const napping = await submit({ name: 'nap', nodes: [{ id: 'nap', type: 'delay', delay: '20s' }] });
    await clock.advance(5_000);
    expect((await sweep(75_000)).announced).toEqual([{ jobId: napping, at: 1_020_000 }]);
    expect(told.indexOf('announced')).toBeLessThan(told.indexOf('a ends'));
  });

  test('what could not be announced is an answer that asks for another tick, after everything has ended', async () => {
    const { submit, clock, engines, within, told } = aSweptFleet();
    await submit(chain);
    await submit({ name: 'nap', nodes: [{ id: 'nap', type: 'delay', delay: '20s' }] });
    await clock.advance(5_000);
    const failing = () => Promise.reject(new Error('the topic is away'));
    const work = within(60_000, engines[0]!.invocations.sweep(75_000, clock.now() + 60_000, failing));
    await expect(work).rejects.toThrow('the topic is away');
    expect(told.at(-1)).toBe('b ends');
  });

  test.each([
    ['store_denied', 'counted, ', 1],
    ['store_damaged', '', 0],
    ['store_too_new', '', 0],
  ])(
    'a job that cannot be looked at for %s is %sreported and left due; the others are looked at',
    async (code, _, failed) => {
      let broken = '';
      const aside = (store: JobStore): JobStore => ({
        ...store,
        load: (jobId) =>
          jobId === broken ? Promise.reject(new CodedError(code, 'it cannot be had')) : store.load(jobId),
      });
      const { submit, clock, sweep, store, reports } = aSweptFleet({ aside });
      broken = await submit(chain);
      const whole = await submit(chain);
      await clock.advance(5_000);
      expect(await sweep()).toMatchObject({ checked: 2, failed });
      expect((await store.load(whole))!.header.state).toBe('completed');
      expect((await store.findDue(clock.now(), 10)).map(({ jobId }) => jobId)).toEqual([broken]);
      expect(reports).toEqual([expect.stringContaining(`checking job ${broken}`)]);
    },
  );

  test('J4: jobs that nobody can read do not keep the sweep from those behind them', async () => {
    const unreadable = new Set<string>();
    let loads = 0;
    const aside = (store: JobStore): JobStore => ({
      ...store,
      async load(jobId) {
        if (!unreadable.has(jobId)) return store.load(jobId);
        loads++;
        throw new CodedError('store_too_new', 'a newer one wrote it');
      },
    });
    const { submit, clock, sweep, store } = aSweptFleet({ aside, options: { sweepBatch: 2 } });
    for (let count = 0; count < 5; count++) unreadable.add(await submit(chain));
    await clock.advance(1_000);
    const whole = await submit(chain);
    await clock.advance(5_000);
    await sweep();
    expect((await store.load(whole))!.header.state).toBe('completed');
    expect(loads).toBe(5);
  });

  test('announces all that is due soon, however much it is, and nothing that an executor watches', async () => {
    const { submit, clock, sweep, engines, takeMessages, within } = aSweptFleet({ options: { sweepBatch: 3 } });
    const nap = { name: 'nap', nodes: [{ id: 'nap', type: 'delay', delay: '2m' }] };
    const naps = [];
    for (let count = 0; count < 10; count++) naps.push(await submit(nap));
    await clock.advance(60_000);
    await submit({ name: 'busy', nodes: [call('a')] });
    const work = engines[0]!.invocations.runNodes(takeMessages()[0]!, clock.now() + 60_000);
    const { announced } = await sweep(75_000);
    expect(announced.map(({ jobId }) => jobId).sort()).toEqual([...naps].sort());
    await within(60_000, work);
  });

  test('works off more jobs than one batch takes', async () => {
    const { submit, clock, sweep, store } = aSweptFleet({ options: { sweepBatch: 2 } });
    const jobs = await Promise.all(Array.from({ length: 7 }, () => submit({ name: 'one', nodes: [call('a')] })));
    await clock.advance(5_000);
    expect(await sweep()).toMatchObject({ checked: 7 });
    for (const jobId of jobs) expect((await store.load(jobId))!.header.state).toBe('completed');
  });

  test('hands back at its time what it began late, and publishes it', async () => {
    const { submit, clock, sweep, states, published } = aSweptFleet();
    const jobId = await submit(chain);
    published.length = 0;
    await clock.advance(5_000);
    await sweep(0, 0, 1_500);
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'ready' });
    expect(published).toMatchObject([{ jobId, node: 1, attempt: 2 }]);
    expect(clock.sleepers).toBe(1);
  });

  test('two at once do what one would', async () => {
    const { submit, clock, sweep, states, told } = aSweptFleet({ engines: 2 });
    const jobId = await submit(chain);
    await clock.advance(5_000);
    await Promise.all([sweep(0, 0), sweep(0, 1)]);
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'succeeded' });
    expect(told.filter((line) => line.endsWith('begins'))).toEqual(['a begins', 'b begins']);
  });
});
