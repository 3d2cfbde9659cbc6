import type { RecoverySession } from '../jobs/index.ts';

/**
 * Where recovery sessions are looked for. They are written by nobody but the JobStore, in the commit of the job that they belong to
 * (`JobChange.sessions`): what a commit has left of a session is there with it, or neither is.
 *
 * - Never stale after a commit, whoever made it.
 * - They are kept for at least as long as their job.
 * - Failures of the world reject with a CodedError, as those of a JobStore do.
 */
export interface Recoveries {
  get(recoveryId: string): Promise<RecoverySession | undefined>;
  /** By the time of their start, the newest first, and those of one moment by id, the last first. */
  list(query: RecoveryQuery): Promise<RecoveryPage>;
}

export interface RecoveryQuery {
  readonly states?: readonly RecoverySession['state'][];
  readonly jobId?: string;
  readonly size: number;
  readonly pageToken?: string;
}

export interface RecoveryPage {
  readonly recoveries: readonly RecoverySession[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}
