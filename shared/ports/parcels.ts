import type { NodeEvent } from '../jobs/index.ts';

/**
 * A wide job's work is handed out in parcels, so that those who do it never meet at the job: each parcel is claimed and told about in
 * a place of its own. What it holds is part of the job's truth and is brought into the job (folded) with the next commit.
 *
 * - `claim` is atomic: of all who ever claim a parcel one gets it. That holds for as long as a finished job is kept.
 * - Both writes are durable once resolved. A rejected promise says nothing: the write may have happened.
 * - Failures of the world reject with the same codes as the store's.
 */
export interface Parcels {
  /** Tells who has it where somebody else was first. */
  claim(jobId: string, parcelId: string, parcel: Parcel): Promise<ParcelClaimed>;
  /**
   * Replaces what the parcel holds. Only its owner does, and asks for one `put` of a parcel at a time. Where several are under way all
   * the same, they are done in the order in which they were asked for: what stays is the last one's, never an older one's.
   */
  put(jobId: string, parcelId: string, parcel: Parcel): Promise<void>;
  /** Those of them that somebody has claimed, in no promised order. Never stale after a `claim` or `put`. */
  read(jobId: string, parcelIds: readonly string[]): Promise<readonly ClaimedParcel[]>;
}

export interface Parcel {
  readonly owner: string;
  readonly claimedAt: number;
  readonly leaseUntil: number;
  readonly claims: readonly ParcelNode[];
  /** What has become of them so far, in order. Results and all: up to 100 nodes' worth of them. */
  readonly events: readonly ParcelEvent[];
}

export interface ParcelNode {
  readonly node: number;
  readonly attempt: number;
}

/** What happened, and when. */
export type ParcelEvent = NodeEvent & { readonly at: number };

export interface ClaimedParcel extends Parcel {
  readonly parcelId: string;
}

export type ParcelClaimed = { readonly kind: 'claimed' } | { readonly kind: 'taken'; readonly owner: string };
