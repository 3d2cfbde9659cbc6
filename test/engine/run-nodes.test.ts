import { describe, expect, test } from '@jest/globals';
import { createMemoryParcels } from '../../shared/adapters/memory/parcels.ts';
import { CodedError } from '../../shared/core/error.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import type { Parcels } from '../../shared/ports/index.ts';
import { aFleet, call, type FleetFixture, wideJob } from './a-fleet.ts';

/** Nodes name how long they take: `work` ends after `input.ms`, or never. */
function aPatientFleet(fixture: FleetFixture = {}) {
  const begun: string[] = [];
  const work: Handler = (input, { nodeId, attempt }) => {
    begun.push(`${nodeId} ${attempt}`);
    const { ms } = (input ?? { ms: 0 }) as { ms: number | null };
    return ms === null ? new Promise(() => {}) : fleet.clock.sleep(ms);
  };
  const fleet = aFleet({ ...fixture, handlers: { work } });
  const submit = (...nodes: readonly object[]) => fleet.submit({ name: 'order', nodes });
  const run = (engine = 0, ms = 60_000) =>
    fleet.engines[engine]!.invocations.runNodes(fleet.takeMessages()[0]!, fleet.clock.now() + ms);
  return { ...fleet, begun, submit, run };
}

const taking = (ms: number | null, more: object = {}) => ({ input: { ms }, ...more });
const retry = { strategy: 'immediate', maxAttempts: 3 };

describe('running nodes that a message names', () => {
  test('ends when they and all that became ready behind them have ended, and no sooner', async () => {
    const { submit, run, within, clock, states, engines } = aPatientFleet();
    const jobId = await submit(call('a', taking(5_000)), call('b', taking(3_000, { dependsOn: ['a'] })));
    const since = clock.now();
    await within(20_000, run());
    expect(clock.now() - since).toBe(8_000);
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'succeeded' });
    expect(engines[0]!.health().runningAttempts).toBe(0);
  });

  test('leaves nothing behind: no sleeper, no renewal of leases, no write', async () => {
    const { submit, run, within, clock, store } = aPatientFleet();
    await submit(call('a', taking(45_000)), call('b', taking(null, { dependsOn: ['a'] })));
    await within(70_000, run());
    const { writes } = store.usage();
    await clock.advance(300_000);
    expect(store.usage().writes).toBe(writes);
    expect(clock.sleepers).toBe(0);
  });

  test('ends at its time: what had all of it fails, and its retry policy decides', async () => {
    const { submit, run, within, clock, states, store } = aPatientFleet();
    const jobId = await submit(call('a', taking(null, { retry: { ...retry, strategy: 'fixed', delay: '5s' } })));
    const since = clock.now();
    await within(61_000, run());
    expect(clock.now() - since).toBe(60_000);
    expect(await states(jobId)).toEqual({ a: 'retrying' });
    const audit = await store.readAudit(jobId, 0, 100);
    expect(audit.map(({ failure }) => failure?.code).filter(Boolean)).toEqual(['invocation_timeout']);
  });

  test.each([
    ['begins within the first tenth of the time, fails', 5_990, 'failed'],
    ['begins later, is handed back and costs no attempt', 6_010, 'ready'],
  ])('what %s', async (_, ms, state) => {
    const { submit, run, within, states } = aPatientFleet();
    const once = { dependsOn: ['a'], retry: { strategy: 'immediate', maxAttempts: 1, maxLeaseLosses: 5 } };
    const jobId = await submit(call('a', taking(ms)), call('b', taking(null, once)));
    await within(61_000, run());
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: state });
  });

  test('what was handed back runs again elsewhere, under the next claim', async () => {
    const { submit, run, within, states, begun, published, store } = aPatientFleet({ engines: 2 });
    const jobId = await submit(call('a', taking(20_000)), call('b', taking(50_000, { dependsOn: ['a'] })));
    await within(61_000, run(0));
    expect(published).toMatchObject([{ jobId, node: 1, attempt: 2 }]);
    await within(61_000, run(1));
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'succeeded' });
    expect(begun).toEqual(['a 1', 'b 1', 'b 2']);
    const claims = (await store.readAudit(jobId, 0, 100)).filter(({ event }) => event === 'claimed');
    expect(new Set(claims.map(({ by }) => by)).size).toBe(2);
  });

  test('what asks for at most one execution is not run again once it was begun: it fails', async () => {
    const { submit, run, within, states } = aPatientFleet();
    const once = { dependsOn: ['a'], retry: { strategy: 'immediate', maxAttempts: 1 } };
    const jobId = await submit(call('a', taking(20_000)), call('b', taking(null, once)));
    await within(61_000, run());
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'failed' });
  });

  test('what a handed back attempt still says changes nothing, though it says it to the same engine', async () => {
    const { submit, run, within, clock, store } = aPatientFleet();
    const jobId = await submit(call('a', taking(20_000)), call('b', taking(50_000, { dependsOn: ['a'] })));
    await within(61_000, run());
    const before = await store.load(jobId);
    await clock.advance(60_000);
    expect(await store.load(jobId)).toBe(before);
  });

  test('a message for nodes that somebody else holds ends politely, and leaves them to him', async () => {
    const { submit, within, engines, clock, takeMessages, begun, states } = aPatientFleet({ engines: 2 });
    const jobId = await submit(call('a', taking(10_000)));
    const [message] = takeMessages();
    const runAt = (place: number) => engines[place]!.invocations.runNodes(message!, clock.now() + 60_000);
    const first = runAt(0);
    await clock.advance(1_000);
    const since = clock.now();
    await within(100, runAt(1));
    expect(clock.now()).toBe(since);
    await within(10_000, first);
    expect([begun, await states(jobId)]).toEqual([['a 1'], { a: 'succeeded' }]);
  });

  test('the same message again while it runs here waits for the end and runs nothing twice', async () => {
    const { submit, within, engines, clock, takeMessages, begun } = aPatientFleet();
    await submit(call('a', taking(10_000)));
    const [message] = takeMessages();
    const { runNodes } = engines[0]!.invocations;
    const since = clock.now();
    const both = Promise.all([runNodes(message!, since + 60_000), runNodes(message!, since + 60_000)]);
    await within(20_000, both);
    expect([begun, clock.now() - since]).toEqual([['a 1'], 10_000]);
  });

  test('a lease is renewed for as long as the visit lasts', async () => {
    const { submit, run, within, begun, clock, engines, states } = aPatientFleet({
      engines: 2,
      options: { leaseMs: 9_000 },
    });
    const jobId = await submit(call('a', taking(40_000)));
    const work = run();
    await clock.advance(30_000);
    await engines[1]!.invocations.checkJobs([jobId]);
    await within(60_000, work);
    expect([begun, await states(jobId)]).toEqual([['a 1'], { a: 'succeeded' }]);
  });

  test('a message about a job that nobody knows, or about nodes it does not have, ends politely', async () => {
    const { submit, within, engines, clock, begun } = aPatientFleet();
    const { runNodes } = engines[0]!.invocations;
    const jobId = await submit(call('a', taking(0)));
    const until = clock.now() + 60_000;
    await within(10, runNodes([{ jobId: 'nobody', node: 0, attempt: 1, priority: 5 }], until));
    await within(10, runNodes([{ jobId, node: 9, attempt: 1, priority: 5 }], until));
    await within(10, runNodes([{ jobId, node: 0, attempt: 1, priority: 5, parcel: 'nobody' }], until));
    expect(begun).toEqual([]);
  });

  test('it rejects when the store is away, but not before the other jobs of the message are done', async () => {
    let isAway = '';
    const { submit, within, clock, begun, published, engines } = aPatientFleet({
      options: { storePatienceMs: 1_000 },
      aside: (store) => ({
        ...store,
        commit: (change) => (change.before.id === isAway ? Promise.reject(away()) : store.commit(change)),
      }),
    });
    isAway = await submit(call('a', taking(0)));
    await submit(call('b', taking(30_000)));
    const since = clock.now();
    const work = within(60_000, engines[0]!.invocations.runNodes(published.splice(0), since + 60_000));
    await expect(work).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([begun, clock.now() - since]).toEqual([['b 1'], 30_000]);
  });

  test('a parcel whose attempts were all taken away is forgotten: nothing is stored for it any more', async () => {
    const puts: string[] = [];
    const options = { nodesPerParcel: 2, leaseMs: 9_000 };
    const fleet = aPatientFleet({ options, parcels: countPuts(puts) });
    const { engines, submit, run, within, clock, begun, takeMessages } = fleet;
    const wide = await submit(...wideJob(3, taking(null)).nodes);
    const work = run();
    await clock.advance(1_000);
    expect(begun).toEqual(['n0 1', 'n1 1']);
    await engines[0]!.cancel(wide, { by: 'ann' });
    await within(1_000, work);
    puts.length = 0;
    takeMessages();
    await submit(call('a', taking(40_000)));
    await within(60_000, run());
    expect(puts).toEqual([]);
  });

  test('what could not be handed back is found by its lease, though the engine that had it goes on working', async () => {
    let isAway = false;
    const { engines, submit, run, within, clock, begun, takeMessages } = aPatientFleet({
      engines: 2,
      options: { nodesPerParcel: 2, concurrency: 2, leaseMs: 9_000, storePatienceMs: 500 },
      aside: (store) => ({ ...store, commit: (change) => (isAway ? Promise.reject(away()) : store.commit(change)) }),
    });
    await submit(...['a', 'b'].map((id) => call(id, taking(5_000))), ...['c', 'd'].map((id) => call(id, taking(null))));
    const until = clock.now() + 10_000;
    const [first, second] = takeMessages();
    const done = engines[0]!.invocations.runNodes(first!, until);
    await clock.advance(1);
    const work = Promise.all([done, engines[0]!.invocations.runNodes(second!, until)]);
    await clock.advance(9_000);
    expect(begun).toEqual(['a 1', 'b 1', 'c 1', 'd 1']);
    isAway = true;
    await expect(within(10_000, work)).rejects.toMatchObject({ code: 'store_unavailable' });
    isAway = false;
    await submit(call('long', taking(200_000)));
    const busy = run(0, 300_000);
    for (let sweeps = 0; sweeps < 5; sweeps++) {
      await clock.advance(5_000);
      await within(
        20_000,
        engines[1]!.invocations.sweep(0, clock.now() + 5_000, async () => {}),
      );
    }
    expect(begun).toEqual(expect.arrayContaining(['c 2', 'd 2']));
    await within(300_000, busy);
  });

  test('no more run at once than there is room for, however many messages come together', async () => {
    const { engines, submit, within, clock, begun, takeMessages } = aPatientFleet({ options: { concurrency: 2 } });
    for (const id of ['a', 'b', 'c', 'd']) await submit(call(id, taking(1_000)), call(`${id}${id}`, taking(1_000)));
    const until = clock.now() + 60_000;
    const messages = takeMessages();
    const work = Promise.all(messages.map((each) => engines[0]!.invocations.runNodes(each, until)));
    const counts: number[] = [];
    for (let second = 0; second < 4; second++) {
      await clock.advance(999);
      counts.push(engines[0]!.health().runningAttempts);
      await clock.advance(1);
    }
    await within(10_000, work);
    expect([messages.length, begun.length]).toEqual([4, 8]);
    expect(counts).toEqual([2, 2, 2, 2]);
  });

  test('what found no room until the end is published again, and nothing of it is claimed', async () => {
    const { engines, submit, within, clock, takeMessages, begun, store } = aPatientFleet({
      options: { concurrency: 1 },
    });
    await submit(call('long', taking(50_000)));
    const other = await submit(call('other', taking(null)));
    const until = clock.now() + 40_000;
    const [first, second] = takeMessages();
    const work = Promise.all([first, second].map((each) => engines[0]!.invocations.runNodes(each!, until)));
    await within(60_000, work);
    expect(begun).toEqual(['long 1']);
    expect(takeMessages().flat()).toContainEqual(expect.objectContaining({ jobId: other, attempt: 1 }));
    expect((await store.readAudit(other, 0, 10)).map(({ event }) => event)).not.toContain('claimed');
  });

  test('a store that is away for most of a lease costs no lease', async () => {
    let isAway = false;
    const { engines, submit, within, clock, begun, takeMessages, store } = aPatientFleet({
      engines: 2,
      options: { leaseMs: 60_000, storePatienceMs: 10_000 },
      aside: (inner) => ({ ...inner, commit: (change) => (isAway ? Promise.reject(away()) : inner.commit(change)) }),
    });
    const jobId = await submit(call('a', taking(120_000)));
    const [message] = takeMessages();
    const work = engines[0]!.invocations.runNodes(message!, clock.now() + 300_000);
    await clock.advance(35_000);
    isAway = true;
    await clock.advance(16_000);
    isAway = false;
    await clock.advance(11_000);
    await engines[1]!.invocations.checkJobs([jobId]);
    await within(300_000, work);
    expect(begun).toEqual(['a 1']);
    expect((await store.load(jobId))!.header.state).toBe('completed');
  });

  test('a store that is away for longer than a lease costs none where the one who runs it looks first', async () => {
    let isAway = false;
    const { engines, submit, within, clock, begun, takeMessages, store } = aPatientFleet({
      options: { leaseMs: 20_000, storePatienceMs: 1_000 },
      aside: (inner) => ({ ...inner, commit: (change) => (isAway ? Promise.reject(away()) : inner.commit(change)) }),
    });
    const jobId = await submit(call('a', taking(60_000)));
    const [message] = takeMessages();
    const work = engines[0]!.invocations.runNodes(message!, clock.now() + 300_000);
    await clock.advance(1_000);
    isAway = true;
    await clock.advance(30_000);
    isAway = false;
    await engines[0]!.invocations.checkJobs([jobId]);
    await within(300_000, work);
    expect(begun).toEqual(['a 1']);
    expect((await store.readAudit(jobId, 0, 20)).map(({ event }) => event)).not.toContain('leaseLost');
  });

  test('an outcome that its parcel could not take is put into it with the next try', async () => {
    let refusals = 1;
    const puts: string[] = [];
    const counted = countPuts(puts);
    const put: Parcels['put'] = (...given) =>
      refusals-- > 0 ? Promise.reject(new CodedError('store_refused', 'not this')) : counted.put(...given);
    const { submit, within, clock, takeMessages, engines, store } = aPatientFleet({
      options: { nodesPerParcel: 1 },
      parcels: { ...counted, put },
    });
    const jobId = await submit(call('a', taking(10)), call('b', taking(10)));
    const messages = takeMessages();
    const until = clock.now() + 60_000;
    await within(60_000, Promise.all(messages.map((each) => engines[0]!.invocations.runNodes(each, until))));
    expect(puts.length).toBeGreaterThanOrEqual(2);
    expect((await store.load(jobId))!.header.state).toBe('failed');
  });

  test('who is refused for ever by a store that nobody else writes to is told so', async () => {
    const { engines, submit, within } = aPatientFleet({
      options: { storePatienceMs: 2_000 },
      aside: (store) => ({ ...store, commit: async () => 'conflict' }),
    });
    const jobId = await submit(call('a', taking(null)));
    const cancelled = within(60_000, engines[0]!.cancel(jobId, { by: 'a test' }));
    await expect(cancelled).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('a store that stays away does not keep an answer for much longer than its time', async () => {
    let isAway = false;
    const { engines, submit, run, within, clock } = aPatientFleet({
      options: { storePatienceMs: 500 },
      aside: (store) => ({ ...store, commit: (change) => (isAway ? Promise.reject(away()) : store.commit(change)) }),
    });
    await submit(call('a', taking(5_000)));
    const work = run(0, 10_000);
    await clock.advance(1_000);
    isAway = true;
    await expect(within(20_000, work)).rejects.toMatchObject({ code: 'store_unavailable' });
    await clock.advance(5_000);
    expect(engines[0]!.health().runningAttempts).toBe(0);
  });
});

const away = () => new CodedError('store_unavailable', 'it is away');

function countPuts(puts: string[]): Parcels {
  const parcels = createMemoryParcels();
  return {
    ...parcels,
    async put(jobId, parcelId, parcel) {
      puts.push(`${jobId} ${parcelId}`);
      await parcels.put(jobId, parcelId, parcel);
    },
  };
}
