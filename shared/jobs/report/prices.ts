/**
 * Google's list prices in USD, as plain data. Where each was read, and what could not be confirmed, stands in `docs/cost.md`.
 * Free quotas are left out: they belong to an account and not to an engine.
 */
export interface PriceList {
  readonly region: string;
  readonly asOf: string;
  /** Firestore, Standard edition: a document. */
  readonly readUsd: number;
  readonly writeUsd: number;
  readonly deleteUsd: number;
  /** Pub/Sub: a byte, published or pushed; a request counts as `pubSubBytesMin` at least. */
  readonly pubSubByteUsd: number;
  readonly pubSubBytesMin: number;
  /** Cloud Run functions, charged by request: a request, and the time in which an instance has one. */
  readonly requestUsd: number;
  readonly cpuSecondUsd: number;
  readonly memoryGiBSecondUsd: number;
  /** Cloud Scheduler: a job, whatever it runs. */
  readonly scheduleMonthUsd: number;
}

const everywhere = {
  asOf: '2026-11',
  pubSubByteUsd: 40 / 2 ** 40,
  pubSubBytesMin: 1_000,
  requestUsd: 0.4 / 1_000_000,
  cpuSecondUsd: 0.000_024,
  memoryGiBSecondUsd: 0.000_002_5,
  scheduleMonthUsd: 0.1,
} as const;

export const priceLists = {
  regional: {
    ...everywhere,
    region: 'us-central1',
    readUsd: 0.03 / 100_000,
    writeUsd: 0.09 / 100_000,
    deleteUsd: 0.01 / 100_000,
  },
  /** Only Firestore spans regions; the rest runs in one of them. */
  multiRegional: {
    ...everywhere,
    region: 'nam5',
    readUsd: 0.06 / 100_000,
    writeUsd: 0.18 / 100_000,
    deleteUsd: 0.02 / 100_000,
  },
} as const satisfies Record<string, PriceList>;
