import { isFinal, type Job, openParcels } from '../jobs/index.ts';
import type { ClaimedParcel, Parcels } from '../ports/index.ts';

/**
 * What the parcels of a job know, which may be more than the job does. A parcel that has told of all its nodes changes no more: it is read
 * once and kept in `toldAll` for as long as the job has not taken it in.
 */
export async function newsOf(
  parcels: Parcels,
  job: Job,
  toldAll: Map<string, ClaimedParcel>,
): Promise<readonly ClaimedParcel[]> {
  const open = isFinal(job.header.state) ? new Set<string>() : openParcels(job);
  for (const parcelId of toldAll.keys()) if (!open.has(parcelId)) toldAll.delete(parcelId);
  const unknown = [...open].filter((parcelId) => !toldAll.has(parcelId));
  const found = unknown.length === 0 ? [] : await parcels.read(job.id, unknown);
  const known = [...toldAll.values()];
  for (const parcel of found) if (parcel.events.length >= parcel.claims.length) toldAll.set(parcel.parcelId, parcel);
  return [...known, ...found];
}
