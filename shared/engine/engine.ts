import type { Json } from '../core/json.ts';
import type {
  AuditLine,
  AuditVerdict,
  ByOperator,
  Finding,
  Job,
  JobSpec,
  Parent,
  RecoverySession,
  Refusal,
} from '../jobs/index.ts';
import type { Failure } from '../policy/retry/index.ts';
import type { Attempt, JobPage, JobQuery, RecoveryPage, RecoveryQuery, StoreUsage } from '../ports/index.ts';
import type { RecoveryAnswered, RecoveryReply } from './answer-recovery.ts';
import type { BatchDesk } from './batch-desk.ts';
import type { RetryPage, RetryQuery } from './list-retries.ts';
import type { Recovered, RecoveryWish } from './recover-job.ts';
import type { Redriven, RedriveOptions } from './redrive-job.ts';

/**
 * The whole engine as the porch sees it. Everything that changes a job goes through `applyToJob`; an answer is given once the
 * change is durable. Methods reject when the world fails, with a CodedError (`store_unavailable` after bounded retries), and never for a verdict.
 */
export interface Engine {
  /** The spec must come from `parseJobSpec`. Durable when resolved (J8). */
  submit(spec: JobSpec, options?: SubmitOptions): Promise<Submitted>;
  get(jobId: string): Promise<Job | undefined>;
  /** As this engine last saw it, which costs nothing and may be behind the store; read where it never did. */
  glance(jobId: string): Promise<Job | undefined>;
  list(query: JobQuery): Promise<JobPage>;
  readAudit(jobId: string, after: number, limit: number): Promise<readonly AuditLine[]>;
  /** Whether the stored audit is the one that was written; undefined for an unknown job. `keptSeal` was noted elsewhere, and must be in it. */
  verifyAudit(jobId: string, keptSeal?: string): Promise<AuditVerdict | undefined>;
  /** What operators ask for. Under a key of theirs (`request`) it acts once, however often they ask. */
  cancel(jobId: string, asked: ByOperator): Promise<Answer>;
  pause(jobId: string, asked: ByOperator): Promise<Answer>;
  resume(jobId: string, asked: ByOperator): Promise<Answer>;
  /** The job goes on without the node: it settles as skipped, and its dependants follow their join rules. */
  skip(jobId: string, nodeId: string, asked: ByOperator): Promise<Answer>;
  /** A job that has ended goes on as a new run from what kept it from success; nodes that are named run again in any job. */
  redrive(jobId: string, options: RedriveOptions, asked: ByOperator): Promise<Redriven>;
  /** What the job did is taken back, in whatever state it is: each success is compensated once, what was built on it before it. */
  rollback(jobId: string, asked: ByOperator): Promise<Answer>;
  /** A compensation that failed for good is tried again, with all attempts before it. */
  retryCompensation(jobId: string, nodeId: string, asked: ByOperator): Promise<Answer>;
  /** What is wrong with the job at this moment, its nodes first; undefined for an unknown job. */
  diagnose(jobId: string): Promise<readonly Finding[] | undefined>;
  /**
   * Begins a recovery session: one at a time for a job. Without an action the job's rules decide on what is found, and where none is for that it
   * is `noRuleFits`. When it is done, `job.header.recoveries` is the session's number and its id is the job's with `.r` and that number; it may
   * have ended at once.
   */
  recover(jobId: string, wish: RecoveryWish, asked: ByOperator): Promise<Recovered>;
  /** What an escalated session asked. Refused as `recoveryIsOver` or `noRecoveryUnderWay` where it does not act on its job any more. */
  answerRecovery(recoveryId: string, reply: RecoveryReply, asked: ByOperator): Promise<RecoveryAnswered>;
  /** The session ends and what it found stands: nodes that waited for an answer fail. */
  cancelRecovery(recoveryId: string, asked: ByOperator): Promise<RecoveryAnswered>;
  /** As the last commit left it, whether it goes on or has ended. */
  getRecovery(recoveryId: string): Promise<RecoverySession | undefined>;
  /** Sessions of all jobs, newest first. */
  listRecoveries(query: RecoveryQuery): Promise<RecoveryPage>;
  /** Captures the job's state under a name (1 to 200 letters, digits and `_ . : # @ + = ~ -`); one that is taken is given to the newer state. */
  checkpoint(jobId: string, name: string, asked: ByOperator): Promise<Answer>;
  /** The job goes back to a checkpoint, the newest unless one is named: results up to there are kept, what came after runs again. */
  restore(jobId: string, checkpoint: string | undefined, asked: ByOperator): Promise<Answer>;
  /** Of nodes that wait for a retry: made at once, or given up. Both are refused for any but the attempt that failed last. */
  retryNow(jobId: string, nodeId: string, attempt: number, asked: ByOperator): Promise<Answer>;
  cancelRetry(jobId: string, nodeId: string, attempt: number, asked: ByOperator): Promise<Answer>;
  /** Scheduled retries of all jobs. */
  listRetries(query: RetryQuery): Promise<RetryPage>;
  /** One action on many jobs. */
  readonly batches: BatchDesk;
  /** The same `id` twice acts once. */
  signal(jobId: string, signal: SignalSent): Promise<Answer>;
  /** For a node that waits for the outside, or is about to. `attempt` fences: any but the current one is refused as `staleAttempt`. */
  complete(jobId: string, nodeId: string, attempt: number, result: Json): Promise<Answer>;
  fail(jobId: string, nodeId: string, attempt: number, failure: Failure): Promise<Answer>;
  heartbeat(jobId: string, nodeId: string, attempt: number): Promise<Answer>;
  /** Audit lines after `after` as they become durable; ends after the line that made the job final, or when `signal` aborts. */
  watch(jobId: string, after: number, signal: AbortSignal): AsyncIterable<AuditLine>;
  /** Resolves with the final job, for as long as this engine runs. */
  whenEnded(jobId: string): Promise<Job>;
  /** Makes a handler known to `function` nodes. Throws when the name is taken. */
  registerHandler(name: string, handler: Handler): void;
  start(): Promise<void>;
  /** Takes no more work, lets running attempts end within `graceMs`, hands back the rest. The store can be closed afterwards. */
  stop(graceMs: number): Promise<void>;
  health(): EngineHealth;
}

export interface SignalSent {
  readonly id?: string;
  readonly name: string;
  readonly data: Json;
  readonly by: string;
  readonly trace?: string;
}

export interface SubmitOptions {
  readonly idempotencyKey?: string;
  /** Of what was sent, where the spec says more than that; the spec's unless said. */
  readonly fingerprint?: string;
  /** What is wrong with what was sent, unless it was accepted under its key before. */
  readonly faults?: readonly { path: string; message: string }[];
  readonly jobId?: string;
  readonly parent?: Parent;
  /** Of the call that submits it; it stands in the audit. */
  readonly trace?: string;
}

export type Submitted =
  | { readonly kind: 'created' | 'existing'; readonly jobId: string }
  /** J9: the key was used with another body. */
  | { readonly kind: 'keyReused'; readonly jobId: string }
  /** Said only at the door: a deadline that has passed meanwhile, a handler nobody registered. */
  | { readonly kind: 'refused'; readonly faults: readonly { path: string; message: string }[] };

export type Answer =
  | { readonly kind: 'done' | 'repeated'; readonly job: Job }
  | { readonly kind: 'refused'; readonly because: Refusal; readonly job: Job }
  | { readonly kind: 'unknownJob' };

/** What it returns is the node's result (JSON; undefined counts as null). What it throws is a failure with the error's code or name. */
export type Handler = (input: Json, attempt: Attempt) => unknown;

export interface EngineHealth {
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped';
  readonly owner: string;
  readonly runningAttempts: number;
  readonly concurrency: number;
  readonly jobsInMemory: number;
  /** Handlers that ready nodes wait for and nobody registered here. */
  readonly missingHandlers: readonly string[];
  readonly store: StoreUsage;
  /** The last failure of the store, while it lasts. */
  readonly storeFailure?: { readonly code: string; readonly message: string; readonly since: number };
}
