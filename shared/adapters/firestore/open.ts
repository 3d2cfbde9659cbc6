import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type {
  Batches,
  GuardRecords,
  JobStore,
  Parcels,
  Policies,
  Recoveries,
  TargetCounts,
} from '../../ports/index.ts';
import { createAsker } from './ask.ts';
import { createBatches } from './batches.ts';
import { detectProject } from './connect.ts';
import { createGuardRecords } from './guard-records.ts';
import { createJobStore } from './job-store.ts';
import { createParcels } from './parcels.ts';
import { createPolicies } from './policies.ts';
import { createRecoveries } from './recoveries.ts';
import { createTargetCounts } from './target-counts.ts';
import { createTexts } from './texts.ts';
import { openWire } from './wire.ts';

export interface FirestoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Google Cloud project. Default: that of the machine or its account; on an emulator `breakwater`. */
  readonly project?: string;
  /** Default: `(default)`. */
  readonly database?: string;
  /** `host:port` of Google's emulator; without it, Firestore itself with the machine's own account. */
  readonly emulatorHost?: string;
  /** How long a finished job is kept. Firestore's TTL deletes it within a day after. */
  readonly retentionMs: number;
  /** How long one request may take with its retries; a call makes one, or a few where a job is large. Default: 8 s. */
  readonly patienceMs?: number;
  /** Characters of large specs and results that are kept at hand. Default: 16 Mi. */
  readonly cacheCharsMost?: number;
  /** Which shards `findDue` looks at. Default: all. */
  readonly shards?: readonly number[];
}

export interface FirestoreStore {
  readonly store: JobStore;
  readonly parcels: Parcels;
  readonly policies: Policies;
  readonly batches: Batches;
  readonly recoveries: Recoveries;
  readonly counts: TargetCounts;
  readonly guards: GuardRecords;
  close(): Promise<void>;
}

/**
 * Jobs in Firestore, shared by any number of processes. The SDK is loaded by this call and not before. Nothing is asked of the
 * database yet: where it is out of reach, the first request says so.
 *
 * Rejects with `store_unavailable` and `store_timeout` (worth a retry), `store_denied`, `store_missing`, `store_index_missing`,
 * `store_too_new`, `store_too_old`, `store_damaged`, `store_refused`.
 */
export async function openFirestoreStore(options: FirestoreOptions): Promise<FirestoreStore> {
  const { clock, random, database = '(default)', emulatorHost, retentionMs, shards } = options;
  const project = options.project ?? (emulatorHost === undefined ? await detectProject() : 'breakwater');
  const place = { project, database, ...(emulatorHost !== undefined && { emulatorHost }) };
  const wire = await openWire(place);
  const count = { reads: 0, writes: 0, commits: 0, conflicts: 0 };
  const patienceMs = options.patienceMs ?? 8_000;
  const asker = createAsker({ clock, random, wire, place, count, patienceMs });
  // What an instance asks of its guards is asked whether it has jobs or not, and is on no job's bill.
  const ofGuards = { reads: 0, writes: 0, commits: 0, conflicts: 0 };
  const guardAsker = createAsker({ clock, random, wire, place, count: ofGuards, patienceMs });
  const texts = createTexts(asker, options.cacheCharsMost ?? 16 * 1024 * 1024);
  const parts = { clock, asker, texts, count, retentionMs };
  return {
    store: createJobStore({ ...parts, ...(shards && { shards }) }),
    parcels: createParcels(parts),
    policies: createPolicies(asker),
    batches: createBatches(parts),
    recoveries: createRecoveries(asker),
    counts: createTargetCounts({ clock, random, asker }),
    guards: createGuardRecords(guardAsker),
    close: () => wire.close(),
  };
}
