import type { Parcels } from '../../shared/ports/index.ts';
import { askStore, readKinds, writeKinds } from './faulty-store.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** Parcels lie in the store and are as far away, slow and often not there as it is. The judge hears of every claim. */
export function faultyParcels(world: World, membrane: Membrane): Parcels {
  const { parcels, judge } = world;
  const ask = askStore(world, membrane);
  return {
    claim: (jobId, parcelId, parcel) =>
      ask('parcels.claim', writeKinds, async () => {
        const answer = await parcels.claim(jobId, parcelId, parcel);
        if (answer.kind === 'claimed') judge.handedOut(jobId, parcel.claims);
        return answer;
      }),
    put: (jobId, parcelId, parcel) => ask('parcels.put', writeKinds, () => parcels.put(jobId, parcelId, parcel)),
    read: (jobId, parcelIds) => ask('parcels.read', readKinds, () => parcels.read(jobId, parcelIds)),
  };
}
