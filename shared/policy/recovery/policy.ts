/** What is found to be wrong with a node or a job. Each finding has one of these names, in the audit, in sessions and in rules. */
export const findingKinds = [
  /** An executor died, or was silent for longer than its lease. */
  'lost_lease',
  /** No heartbeat came in time. */
  'stalled_node',
  /** An attempt, or a node with all its attempts, took too long. */
  'timeout',
  /** A node's message came to nothing with every delivery. */
  'dead_letter',
  /** An attempt said that it failed. */
  'failed_node',
  'failed_child',
  /** A child whose parent has ended, or goes on without it. */
  'orphaned_child',
  /** A retry, a delay or a start that was due and that nobody was woken for. */
  'missed_timer',
  /** Nothing of the job can move: nobody takes what is ready. */
  'stalled_job',
  /** The job ran out of time. */
  'deadline',
  /** The job has ended without success. */
  'failed_job',
  /** Nothing is wrong: somebody asked all the same. */
  'none',
] as const;
export type FindingKind = (typeof findingKinds)[number];

export const recoveryActions = ['retry', 'skip', 'requeue', 'rollback', 'restore', 'escalate', 'abort'] as const;
export type RecoveryAction = (typeof recoveryActions)[number];

/** What is done about a failure that no retry policy will try again: the first rule that fits and is not used up. */
export type RecoveryPolicy = readonly RecoveryRule[];

export interface RecoveryRule {
  /** Kinds of findings, failure codes, or `*` for whatever it is. */
  readonly on: readonly string[];
  readonly do: RecoveryAction;
  /** How often for one node; 1 unless said, and without a bound for what ends the matter (`skip`, `rollback`, `escalate`, `abort`). */
  readonly times?: number;
  /** Of `retry` and `requeue`: milliseconds until the next attempt; none unless said. */
  readonly delay?: number;
  /** Of `requeue`: 0 (last) to 9 (first). */
  readonly priority?: number;
  /** Of `requeue`: what the node calls from then on, in place of its URL, topic or handler. */
  readonly target?: string;
  /** Of `restore`: the newest checkpoint unless said. */
  readonly checkpoint?: string;
  /** Of `escalate`: an http(s) URL, `topic:NAME`, or the name of a person or a team, who find it in the list of open recoveries. */
  readonly to?: string;
}

/** Actions after which the same finding may come again. */
export function isRepeatable(action: RecoveryAction): boolean {
  return action === 'retry' || action === 'requeue' || action === 'restore';
}
