import type { PriceList } from './prices.ts';

/** What was used of Google's services, in the units that are charged. */
export interface CloudUse {
  /** Firestore documents. */
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
  /** Of Pub/Sub, published and pushed, with what short requests are rounded up to. */
  readonly pubSubBytes: number;
  /** Of Cloud Run. */
  readonly requests: number;
  /** In which an instance had a request. */
  readonly instanceSeconds: number;
  readonly memoryGiB: number;
}

export interface Cost {
  readonly firestoreUsd: number;
  readonly pubSubUsd: number;
  readonly cloudRunUsd: number;
  readonly totalUsd: number;
}

export function costOf(use: CloudUse, prices: PriceList): Cost {
  const firestoreUsd = use.reads * prices.readUsd + use.writes * prices.writeUsd + use.deletes * prices.deleteUsd;
  const pubSubUsd = use.pubSubBytes * prices.pubSubByteUsd;
  const secondUsd = prices.cpuSecondUsd + use.memoryGiB * prices.memoryGiBSecondUsd;
  const cloudRunUsd = use.requests * prices.requestUsd + use.instanceSeconds * secondUsd;
  return { firestoreUsd, pubSubUsd, cloudRunUsd, totalUsd: firestoreUsd + pubSubUsd + cloudRunUsd };
}
