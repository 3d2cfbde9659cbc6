import type { FindingKind, RecoveryAction } from '../policy/recovery/index.ts';

/** What a job knows of its recovery: the states that it can go back to, and the session that acts on it. */

/** What a job can be restored to: the nodes that had an outcome to keep. */
export interface Checkpoint {
  readonly name: string;
  readonly at: number;
  readonly by: string;
  readonly run: number;
  /** How many nodes the job had. */
  readonly nodes: number;
  /** A bit for each node, the first in the lowest bit of the first byte; base64. */
  readonly kept: string;
}

/** What was found and what was done about it, from the first action until the matter is settled. */
export interface RecoverySession {
  /** The job's id, `.r` and its number. */
  readonly id: string;
  readonly jobId: string;
  /** Which session of the job it is. */
  readonly number: number;
  /** The first two are under way. */
  readonly state: 'acting' | 'escalated' | 'succeeded' | 'failed' | 'cancelled';
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly by: string;
  readonly finding: Finding;
  /** Indices of the nodes that it is about; of many the first ones. */
  readonly nodes: readonly number[];
  /** The last of them, oldest first; the audit has them all. */
  readonly steps: readonly RecoveryStep[];
  readonly stepCount: number;
  /** The state that the job had before it; none where a rollback was under way. */
  readonly checkpoint?: string;
  readonly escalation?: Escalation;
}

export interface Finding {
  readonly kind: FindingKind;
  /** Id of the node. */
  readonly node?: string;
  readonly attempt?: number;
  readonly code?: string;
  readonly message: string;
}

export interface RecoveryStep {
  readonly at: number;
  readonly action: RecoveryAction | 'fail';
  /** Id of the node; absent for what concerns the job. */
  readonly node?: string;
  readonly by: string;
  readonly because: string;
}

/** Somebody is asked what to do. */
export interface Escalation {
  readonly since: number;
  /** What was asked about last. */
  readonly finding: Finding;
  /** A number that rises with everything that is asked about, so that whoever is told knows a new question. */
  readonly question: number;
  /** Whom to tell: an http(s) URL, `topic:NAME`, or a name. */
  readonly to?: string;
  /** What may be answered. */
  readonly options: readonly (RecoveryAction | 'fail')[];
  /** When it has to be told again; absent once it was heard, and where nobody can be called. */
  readonly tellAt?: number;
  readonly tellings: number;
}
