import { CodedError } from '../../core/error.ts';
import type { Batches, GuardRecords, JobStore, Policies, Recoveries, TargetCounts } from '../../ports/index.ts';
import { createSqliteBatches } from './batches.ts';
import { storeFailure } from './failures.ts';
import { createGroupCommit } from './group-commit.ts';
import { createSqliteGuardRecords } from './guard-records.ts';
import { listJobs } from './list-jobs.ts';
import { inMemory, openFile } from './open.ts';
import { createSqlitePolicies, type Room } from './policies.ts';
import { createJobReader } from './read-job.ts';
import { createSqliteRecoveries } from './recoveries.ts';
import { createSqliteTargetCounts } from './target-counts.ts';
import { watchWal } from './wal.ts';
import { createJobWriter, type Written } from './write-job.ts';

export interface SqliteJobStore extends JobStore {
  /** In the same file, and durable in the same way. */
  readonly policies: Policies;
  readonly batches: Batches;
  readonly recoveries: Recoveries;
  readonly counts: TargetCounts;
  readonly guards: GuardRecords;
  /** Commits what waits, carries the WAL over and frees the file. */
  close(): void;
}

export interface SqliteStoreOptions {
  /** The file never grows beyond this; without it, up to the disk's end. */
  readonly maxBytes?: number;
}

/**
 * Jobs in one SQLite file, or in memory for `:memory:`, held by this process alone. Durable with every resolved promise: WAL with
 * `synchronous=FULL`, one fsync for all that a turn of the event loop has to commit. SQLite is called on the main thread: a
 * commit takes as long as its fsync, and is shared by all who wait for it.
 *
 * Refuses to open with `store_in_use`, `store_damaged`, `store_foreign`, `store_too_new`, `store_read_only`, `store_unavailable`.
 */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): SqliteJobStore {
  const database = openFile(path, options.maxBytes);
  const usage = { reads: 0, writes: 0, deletes: 0, conflicts: 0, commits: 0, fsyncs: 0 };
  const now = { reads: 0, writes: 0, deletes: 0, conflicts: 0, commits: 0 };
  const isFile = path !== inMemory;
  const carryOverWhenLong = isFile ? watchWal(database) : () => 0;
  const writer = createJobWriter(database);
  const reader = createJobReader(database, (rows) => {
    usage.reads += rows;
  });
  const failureOf = (thrown: unknown) => storeFailure(path, thrown);
  const group = createGroupCommit(database, failureOf, settle);
  let isOpen = true;

  /** What a transaction that was rolled back had done counts for nothing: what of it can be done is done again. */
  function settle(end: 'committed' | 'rolledBack'): void {
    if (end === 'committed') {
      usage.reads += now.reads;
      usage.writes += now.writes;
      usage.conflicts += now.conflicts;
      usage.commits += now.commits;
      if (isFile && now.writes > 0) usage.fsyncs += 1 + carryOverWhenLong();
    }
    Object.assign(now, { reads: 0, writes: 0, deletes: 0, conflicts: 0, commits: 0 });
  }

  function count<Verdict>({ verdict, reads, writes }: Written<Verdict>): Verdict {
    now.reads += reads;
    now.writes += writes;
    if (writes > 0) now.commits++;
    if (verdict === 'conflict') now.conflicts++;
    return verdict;
  }

  function whenOpen<Answer>(ask: () => Answer): Answer {
    if (!isOpen) throw new CodedError('store_unavailable', `The store ${path} is closed.`);
    try {
      return ask();
    } catch (thrown) {
      throw failureOf(thrown);
    }
  }

  const room: Room = { database, whenOpen, write: (act) => group.carry(() => count(act())) };

  return {
    async create(job, audit, sessions = []) {
      const write = whenOpen(() => writer.create(job, audit, sessions));
      return group.carry(() => count(write()));
    },
    async commit(change) {
      const write = whenOpen(() => writer.commit(change));
      return group.carry(() => count(write()));
    },
    load: async (jobId) => whenOpen(() => reader.load(jobId)),
    findDue: async (before, limit, after) => whenOpen(() => reader.findDue(before, limit, after)),
    readAudit: async (jobId, after, limit) => whenOpen(() => reader.readAudit(jobId, after, limit)),
    async list(query) {
      const page = whenOpen(() => listJobs(database, query));
      usage.reads += page.jobs.length;
      return page;
    },
    usage: () => ({ ...usage }),
    policies: createSqlitePolicies(room),
    batches: createSqliteBatches(room),
    recoveries: createSqliteRecoveries(room),
    counts: createSqliteTargetCounts(room),
    guards: createSqliteGuardRecords(room),
    close() {
      if (!isOpen) return;
      group.flush();
      isOpen = false;
      database.close();
    },
  };
}
