import type { StoreUsage } from '../../ports/index.ts';

/** What one door has used, all its instances together, those that have died as well. */
export interface DoorUsage {
  /** Answered by an instance. For a door that Pub/Sub pushes to, these are deliveries. */
  readonly requests: number;
  readonly store: StoreUsage;
}

export const noUsage: StoreUsage = { reads: 0, writes: 0, deletes: 0, conflicts: 0, commits: 0, fsyncs: 0 };

export function sumOfUsage(all: Iterable<StoreUsage>): StoreUsage {
  const names = Object.keys(noUsage) as (keyof StoreUsage)[];
  const each = [...all];
  const sums = names.map((name) => [name, each.reduce((sum, usage) => sum + usage[name], 0)]);
  return Object.fromEntries(sums) as unknown as StoreUsage;
}
