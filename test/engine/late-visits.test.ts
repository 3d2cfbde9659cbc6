import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../shared/core/error.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import type { JobStore } from '../../shared/ports/index.ts';
import { aFleet, call, type HeldFleet } from './a-fleet.ts';

const away = () => new CodedError('store_unavailable', 'it is away');

/** Once it is away, every question hangs for eight seconds before it fails, as one to Firestore does. */
function hangingStore(fleet: () => HeldFleet, isAway: () => boolean): (store: JobStore) => JobStore {
  const hang = async () => {
    await fleet().clock.sleep(8_000);
    throw away();
  };
  return (store) => ({
    ...store,
    commit: (change) => (isAway() ? hang() : store.commit(change)),
    load: (jobId, known) => (isAway() ? hang() : store.load(jobId, known)),
  });
}

describe('visits that end late', () => {
  test.each([20, 50, 90])(
    'a visit that begins %i ms after the end of another one to the same job keeps its attempt',
    async (lateMs) => {
      const handlers: Record<string, Handler> = {
        never: () => new Promise(() => {}),
        work: () => fleet.clock.sleep(20_000),
      };
      const slowly = (store: JobStore): JobStore => ({
        ...store,
        async commit(change) {
          await fleet.clock.sleep(100);
          return store.commit(change);
        },
      });
      const fleet = aFleet({ handlers, aside: slowly, options: { leaseMs: 60_000 } });
      const once = { retry: { maxAttempts: 1 } };
      const nodes = [call('a', { ...once, handler: 'never' }), call('b', once)];
      const jobId = await fleet.within(5_000, fleet.submit({ name: 'two', nodes }));
      const [a, b] = fleet.takeMessages().flat();
      const { invocations } = fleet.engines[0]!;
      const run = (message: typeof a) => {
        const now = fleet.clock.now();
        return invocations.runNodes([message!], now + 48_000, now + 57_600);
      };
      const first = run(a);
      await fleet.clock.advance(48_000 + lateMs);
      await fleet.within(100_000, Promise.all([first, run(b)]));
      expect(await fleet.states(jobId)).toEqual({ a: 'failed', b: 'succeeded' });
    },
  );

  test.each([20_000, 44_000, 47_500])(
    'is answered in time where room came after %i ms and the store went away',
    async (freeMs) => {
      let isAway = false;
      const handlers: Record<string, Handler> = { work: () => null, long: () => fleet.clock.sleep(freeMs) };
      const aside = hangingStore(
        () => fleet,
        () => isAway,
      );
      const fleet = aFleet({ handlers, aside, options: { leaseMs: 60_000, concurrency: 1 } });
      await fleet.submit({ name: 'long', nodes: [call('a', { handler: 'long' })] });
      await fleet.submit({ name: 'short', nodes: [call('a')] });
      const begun = fleet.clock.now();
      const answers = fleet.takeMessages().map((each) =>
        fleet.engines[0]!.invocations.runNodes(each, begun + 48_000, begun + 57_600).then(
          () => fleet.clock.now() - begun,
          ({ code }: CodedError) => {
            expect(code).toBe('store_unavailable');
            return fleet.clock.now() - begun;
          },
        ),
      );
      await fleet.clock.advance(freeMs - 500);
      isAway = true;
      for (const answeredMs of await fleet.within(200_000, Promise.all(answers)))
        expect(answeredMs).toBeLessThanOrEqual(57_600);
    },
  );

  test.each([4_000, 8_000, 10_000])(
    'is answered in time while leases are being renewed, begun %i ms after another',
    async (earlierMs) => {
      let isAway = false;
      const handlers: Record<string, Handler> = {
        work: () => new Promise(() => {}),
        short: () => fleet.clock.sleep(earlierMs + 5_000),
      };
      const aside = hangingStore(
        () => fleet,
        () => isAway,
      );
      const fleet = aFleet({ handlers, aside, options: { leaseMs: 60_000 } });
      await fleet.submit({ name: 'other', nodes: [call('a', { handler: 'short' })] });
      await fleet.submit({ name: 'long', nodes: [call('a')] });
      const [other, long] = fleet.takeMessages();
      const { invocations } = fleet.engines[0]!;
      const earlier = invocations.runNodes(other!, fleet.clock.now() + 48_000).catch(() => {});
      await fleet.clock.advance(earlierMs);
      const begun = fleet.clock.now();
      const answered = invocations.runNodes(long!, begun + 48_000, begun + 57_600).then(
        () => fleet.clock.now() - begun,
        () => fleet.clock.now() - begun,
      );
      await fleet.clock.advance(30_000);
      isAway = true;
      const [answeredMs] = await fleet.within(200_000, Promise.all([answered, earlier]));
      expect(answeredMs).toBeLessThanOrEqual(57_600);
    },
  );

  test('a message of many nodes is not overtaken for ever by small ones', async () => {
    let wide = 0;
    const handlers: Record<string, Handler> = {
      work: () => fleet.clock.sleep(1_000),
      wide: () => void wide++,
    };
    const fleet = aFleet({ handlers, options: { concurrency: 20 } });
    const { invocations } = fleet.engines[0]!;
    const run = () => {
      for (const each of fleet.takeMessages())
        void invocations.runNodes(each, fleet.clock.now() + 48_000).catch(() => {});
    };
    const ids = Array.from({ length: 20 }, (_, at) => `n${at}`);
    for (let step = 0; step < 100; step++) {
      await fleet.submit({ name: 'small', nodes: [call('a')] });
      if (step === 20) await fleet.submit({ name: 'wide', nodes: ids.map((id) => call(id, { handler: 'wide' })) });
      run();
      await fleet.clock.advance(100);
    }
    expect(wide).toBe(20);
    await fleet.clock.advance(60_000);
  });
});

test('an outcome in a parcel that its engine has not heard of is folded all the same', async () => {
  let isSlow = false;
  let engines = 0;
  const slowOnce = (store: JobStore): JobStore => ({
    ...store,
    async load(jobId, known) {
      const job = await store.load(jobId, known);
      if (!isSlow) return job;
      isSlow = false;
      await fleet.clock.sleep(2_000);
      return job;
    },
  });
  const fleet = aFleet({
    engines: 2,
    options: { nodesPerParcel: 2, nodesPerVisit: 1 },
    handlers: { work: () => null },
    aside: (store) => (engines++ > 0 ? store : slowOnce(store)),
  });
  const second = Array.from({ length: 8 }, (_, at) => call(`b${at}`, { dependsOn: ['a'] }));
  const last = call('z', { dependsOn: second.map(({ id }) => id) });
  const jobId = await fleet.submit({ name: 'two layers', nodes: [call('a'), ...second, last] });
  const [slow, quick] = fleet.engines;
  const until = fleet.clock.now() + 60_000;
  const [first] = fleet.takeMessages();
  isSlow = true;
  const look = slow!.get(jobId);
  await fleet.clock.advance(0);
  await fleet.within(5_000, quick!.invocations.runNodes(first!, until));
  const work = Promise.all(fleet.takeMessages().map((each) => slow!.invocations.runNodes(each, until)));
  await fleet.within(30_000, Promise.all([work, look]));
  for (const each of fleet.takeMessages()) await fleet.within(30_000, slow!.invocations.runNodes(each, until));
  expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
});
