import type { FindingKind, RecoveryAction } from '../policy/recovery/index.ts';
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
  readonly event:
    | JobEvent['kind']
    | 'unblocked'
    | 'skipped'
    | 'mapped'
    | 'ended'
    | 'reset'
    | 'recoveryActed'
    | 'recoveryEnded'
    | 'rollbackPlanned'
    | 'rolledBack';
  /** The job's state after this line, when it changed. */
  readonly job?: JobState;
  /** Id of the node, `map[3]` for an item. */
  readonly node?: string;
  readonly attempt?: number;
  /** The node's state before this line; told where recovery changed it. */
  readonly from?: NodeState;
  /** The node's state after this line. */
  readonly to?: NodeState;
  readonly because?: string;
  readonly by?: string;
  /** The key of the operator's request that this came by. */
  readonly request?: string;
  /** The trace of the call that this came by: 32 hexadecimal digits. */
  readonly trace?: string;
  readonly failure?: Failure;
  readonly retryAt?: number;
  /** The recovery session that it belongs to, and what that did. */
  readonly session?: string;
  readonly action?: RecoveryAction | 'fail';
  /** What was found to be wrong. */
  readonly finding?: FindingKind;
  /** Which run of the job begins with this line, after the first. */
  readonly run?: number;
  /** Of `mapped`: how many items were added. */
  readonly items?: number;
  /** Of `rollbackPlanned`: ids of compensations that were added. */
  readonly undos?: readonly string[];
  /** Of the last line of a commit: what binds its lines to all before them (`verifyAudit`). */
  readonly seal?: string;
}
