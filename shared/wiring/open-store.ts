import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/error.ts';
import type { Random } from '../core/random.ts';
import type { Batches, GuardRecords, JobStore, Parcels, Policies, Recoveries, TargetCounts } from '../ports/index.ts';
import type { StoreChoice } from './store-choice.ts';

export interface OpenStore {
  readonly store: JobStore;
  /** Only where other engines may be about. */
  readonly parcels?: Parcels;
  readonly policies: Policies;
  readonly counts: TargetCounts;
  readonly batches: Batches;
  readonly recoveries: Recoveries;
  readonly guards: GuardRecords;
  close(): Promise<void>;
}

/** Loads what the chosen store needs and nothing of the others. */
export async function openStore(choice: StoreChoice, clock: Clock, random: Random): Promise<OpenStore> {
  switch (choice.kind) {
    case 'memory': {
      const { createMemoryJobStore } = await import('../adapters/memory/job-store.ts');
      const { createMemoryPolicies } = await import('../adapters/memory/policies.ts');
      const { createMemoryBatches } = await import('../adapters/memory/batches.ts');
      const { createMemoryTargetCounts } = await import('../adapters/memory/target-counts.ts');
      const [store, policies, counts] = [createMemoryJobStore(), createMemoryPolicies(), createMemoryTargetCounts()];
      const { createMemoryGuardRecords } = await import('../adapters/memory/guard-records.ts');
      const [batches, guards] = [createMemoryBatches(), createMemoryGuardRecords()];
      return { store, policies, counts, batches, recoveries: store.recoveries, guards, close: async () => {} };
    }
    case 'sqlite': {
      const { openSqliteStore } = await import('../adapters/sqlite/job-store.ts');
      const store = await whenFree(clock, () => openSqliteStore(choice.path));
      const { policies, counts, batches, recoveries, guards } = store;
      return { store, policies, counts, batches, recoveries, guards, close: async () => store.close() };
    }
    case 'firestore': {
      const { openFirestore } = await import('./open-firestore.ts');
      return openFirestore(choice, clock, random);
    }
  }
}

/** An engine that is just about to end frees its file within this time; nobody should have to start the next one twice. */
const handOverMs = 3_000;

async function whenFree<T>(clock: Clock, open: () => T): Promise<T> {
  for (const end = clock.now() + handOverMs; ; ) {
    try {
      return open();
    } catch (error) {
      if (codeOf(error) !== 'store_in_use' || clock.now() > end) throw error;
      await clock.sleep(50);
    }
  }
}
