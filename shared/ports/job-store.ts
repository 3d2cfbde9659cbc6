import type { AuditLine, Change, Idempotency, Job, JobState, RecoverySession } from '../jobs/index.ts';

/**
 * Where jobs live. The job's state is the truth and this is its keeper.
 *
 * - `create` and `commit` are atomic and durable once resolved: the job, its pages, its audit lines and its recovery sessions as they left
 *   them (`Recoveries`) are all there, or none.
 * - A rejected promise says nothing: the write may have happened. Whoever asked loads again and applies the event again.
 * - Values given and taken are immutable; an adapter may keep them by reference.
 * - Failures of the world reject with a CodedError: `store_unavailable` (worth a retry), `store_full`, `store_damaged`.
 */
export interface JobStore {
  /** J9: a key that is taken answers with the job that has it; a job id that is taken answers with that job. */
  create(job: Job, audit: readonly AuditLine[], sessions?: readonly RecoverySession[]): Promise<Created>;
  /** The newest state. Where that is `known`, which this store gave or took, `known` itself may be given back: it is cheaper so. */
  load(jobId: string, known?: Job): Promise<Job | undefined>;
  /** Only on the version that `before` has; otherwise `conflict` and nothing is written. */
  commit(change: JobChange): Promise<'committed' | 'conflict'>;
  /**
   * Jobs that are not final and have `nextCheckAt` ≤ `before`, by that time and then by id, `limit` at most, those behind `after` where
   * it is given. Never stale after a commit.
   */
  findDue(before: number, limit: number, after?: DueJob): Promise<readonly DueJob[]>;
  /** Newest first, and those of one moment by id, the last first. */
  list(query: JobQuery): Promise<JobPage>;
  /** Lines with a number above `after`, in order, `limit` at most. Empty for an unknown job. */
  readAudit(jobId: string, after: number, limit: number): Promise<readonly AuditLine[]>;
  usage(): StoreUsage;
}

/** What a closed draft came to, without what is done after the commit. The header always differs. */
export type JobChange = Omit<Change, 'effects'>;

export type Created =
  | { readonly kind: 'created' }
  | { readonly kind: 'exists'; readonly jobId: string; readonly idempotency?: Idempotency };

export interface DueJob {
  readonly jobId: string;
  readonly nextCheckAt: number;
  /** As in the job's header; stores that no fleet shares need not tell it. */
  readonly alarmAt?: number;
}

export interface JobQuery {
  readonly states?: readonly JobState[];
  readonly name?: string;
  /** Code of the failure that a job ended with: only of jobs that have ended. */
  readonly failureCode?: string;
  /** At most one job has it. */
  readonly idempotencyKey?: string;
  readonly submittedFrom?: number;
  readonly submittedBefore?: number;
  readonly size: number;
  readonly pageToken?: string;
}

export interface JobPage {
  readonly jobs: readonly JobSummary[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

export interface JobSummary {
  readonly jobId: string;
  readonly name: string;
  readonly state: JobState;
  readonly priority: number;
  readonly submittedAt: number;
  readonly endedAt?: number;
  /** Fingerprint of the spec, so that an unfinished run of the same file is found again. */
  readonly fingerprint: string;
  readonly parentJobId?: string;
}

/** Counted since the store was opened. A write is one row or document. */
export interface StoreUsage {
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
  /** Commits that came to nothing because somebody else was first. */
  readonly conflicts: number;
  readonly commits: number;
  /** Forced writes to the disk; 0 where the store has none of its own. */
  readonly fsyncs: number;
}
