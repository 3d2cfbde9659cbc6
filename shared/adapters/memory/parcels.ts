import type { ClaimedParcel, Parcel, Parcels } from '../../ports/index.ts';

/** Parcels in memory, kept by reference: gone with the process. Simulations live on it. */
export function createMemoryParcels(): Parcels {
  const byJob = new Map<string, Map<string, Parcel>>();

  function ofJob(jobId: string): Map<string, Parcel> {
    const known = byJob.get(jobId);
    if (known) return known;
    const parcels = new Map<string, Parcel>();
    byJob.set(jobId, parcels);
    return parcels;
  }

  return {
    async claim(jobId, parcelId, parcel) {
      const parcels = ofJob(jobId);
      const owner = parcels.get(parcelId)?.owner ?? parcel.owner;
      if (owner !== parcel.owner) return { kind: 'taken', owner };
      if (!parcels.has(parcelId)) parcels.set(parcelId, parcel);
      return { kind: 'claimed' };
    },
    async put(jobId, parcelId, parcel) {
      ofJob(jobId).set(parcelId, parcel);
    },
    async read(jobId, parcelIds) {
      const parcels = byJob.get(jobId);
      return [...new Set(parcelIds)].flatMap((parcelId): ClaimedParcel[] => {
        const parcel = parcels?.get(parcelId);
        return parcel ? [{ parcelId, ...parcel }] : [];
      });
    },
  };
}
