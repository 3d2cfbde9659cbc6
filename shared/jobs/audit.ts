import type { Failure } from '../policy/retry/index.ts';
import type { JobEvent } from './event.ts';
import type { JobState, NodeState } from './states.ts';

/**
 * J5: one change, told in the commit that made it. Absent fields did not change. The lines of a job replayed in order give its
 * stored states (`replayAudit`).
 */
export interface AuditLine {
  /** 1, 2, 3 … within the job, without a gap. */
  readonly seq: number;
  readonly at: number;
  readonly event: JobEvent['kind'] | 'unblocked' | 'skipped' | 'mapped' | 'ended';
  /** The job's state after this line, when it changed. */
  readonly job?: JobState;
  /** Id of the node, `map[3]` for an item. */
  readonly node?: string;
  readonly attempt?: number;
  /** The node's state after this line. */
  readonly to?: NodeState;
  readonly because?: string;
  readonly by?: string;
  readonly failure?: Failure;
  readonly retryAt?: number;
  /** Of `mapped`: how many items were added. */
  readonly items?: number;
  /** Of the last line of a commit: what binds its lines to all before them (`verifyAudit`). */
  readonly seal?: string;
}
