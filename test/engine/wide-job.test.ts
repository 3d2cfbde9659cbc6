import { describe, expect, test } from '@jest/globals';
import { createMemoryParcels } from '../../shared/adapters/memory/parcels.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import type { NodeMessage, Parcels } from '../../shared/ports/index.ts';
import { aFleet, type FleetFixture, type HeldFleet, wideJob } from './a-fleet.ts';

const visitMs = 60_000;

/** Every call takes a moment, not all the same. */
function aWideFleet(fixture: FleetFixture = {}) {
  const calls: string[] = [];
  let jobs = 0;
  const work: Handler = async (_, { nodeId }) => {
    calls.push(nodeId);
    await fleet.clock.sleep(100 + (calls.length % 7) * 60);
  };
  const fleet = aFleet({
    engines: 2,
    handlers: { work },
    ...fixture,
    aside: (store) => ({
      ...store,
      commit(change) {
        jobs++;
        return store.commit(change);
      },
    }),
  });
  return { ...fleet, calls, commitsAsked: () => jobs };
}

/** Brings every message to one engine after the other, as many at once as there are, until none is left. */
async function deliverAll({ engines, clock, takeMessages, within }: HeldFleet, times = 1): Promise<number> {
  let delivered = 0;
  for (let messages = takeMessages(); messages.length > 0; messages = takeMessages()) {
    const twice = Array.from({ length: times }, () => messages).flat();
    await within(visitMs + 5_000, Promise.all(twice.map((message) => deliver(message, delivered++))));
  }
  return delivered;

  function deliver(message: readonly NodeMessage[], place: number): Promise<void> {
    return engines[place % engines.length]!.invocations.runNodes(message, clock.now() + visitMs);
  }
}

describe('a job that is wide, and two engines', () => {
  test('each node is called once and the job is committed a handful of times, however wide it is', async () => {
    const fleet = aWideFleet({ options: { nodesPerParcel: 10, nodesPerVisit: 10 } });
    const jobId = await fleet.submit(wideJob(200));
    const delivered = await deliverAll(fleet);
    expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
    expect(new Set(fleet.calls).size).toBe(201);
    expect(fleet.calls).toHaveLength(201);
    expect(delivered).toBeLessThan(25);
    expect(fleet.store.usage().commits).toBeLessThan(10);
    expect(fleet.store.usage().conflicts).toBeLessThan(3);
    expect(fleet.reports).toEqual([]);
  }, 30_000);

  test('both of them work for it', async () => {
    const owners = new Set<string>();
    const fleet = aWideFleet({ options: { nodesPerParcel: 20 }, parcels: noting(owners) });
    await fleet.submit(wideJob(100));
    await deliverAll(fleet);
    expect(owners).toEqual(new Set(fleet.engines.map((engine) => engine.health().owner)));
  });

  test('J6: every message that comes twice, to each of them, calls nobody twice', async () => {
    const fleet = aWideFleet({ options: { nodesPerParcel: 7 } });
    const jobId = await fleet.submit(wideJob(50));
    await deliverAll(fleet, 3);
    expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
    expect(fleet.calls.toSorted()).toEqual([...new Set(fleet.calls)].toSorted());
    expect(fleet.calls).toHaveLength(51);
  });

  test('nothing goes on behind the last answer', async () => {
    const fleet = aWideFleet({ options: { nodesPerParcel: 7 } });
    await fleet.submit(wideJob(50));
    await deliverAll(fleet);
    const asked = fleet.commitsAsked();
    await fleet.clock.advance(120_000);
    expect([fleet.commitsAsked(), fleet.clock.sleepers]).toEqual([asked, 0]);
  });

  test('whoever reads the job sees what its parcels know, before anybody has folded it', async () => {
    const fleet = aWideFleet({ options: { nodesPerParcel: 10 } });
    const jobId = await fleet.submit(wideJob(20));
    const [first] = fleet.takeMessages();
    await fleet.within(visitMs, fleet.engines[0]!.invocations.runNodes(first!, fleet.clock.now() + visitMs));
    expect((await fleet.store.load(jobId))!.header.tally).toMatchObject({ succeeded: 0, ready: 20 });
    expect((await fleet.engines[1]!.get(jobId))!.header.tally).toMatchObject({ succeeded: 10, ready: 10 });
  });

  test('outcomes of nodes that end together are stored together', async () => {
    const puts: number[] = [];
    const fleet = aWideFleet({ options: { nodesPerParcel: 50 }, parcels: noting(new Set(), puts) });
    await fleet.submit(wideJob(100));
    await deliverAll(fleet);
    expect(puts.length).toBeLessThanOrEqual(8);
    expect(Math.max(...puts)).toBe(50);
  });
});

function noting(owners: Set<string>, puts: number[] = []): Parcels {
  const parcels = createMemoryParcels();
  return {
    ...parcels,
    claim(jobId, parcelId, parcel) {
      owners.add(parcel.owner);
      return parcels.claim(jobId, parcelId, parcel);
    },
    put(jobId, parcelId, parcel) {
      puts.push(parcel.events.length);
      return parcels.put(jobId, parcelId, parcel);
    },
  };
}
