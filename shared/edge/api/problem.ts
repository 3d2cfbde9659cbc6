/**
 * What went wrong, as a value (RFC 9457). `code` is stable and what programs compare; `detail` names the thing and the number;
 * `next` says what to do. Every problem that the API can give is in this table and nowhere else.
 */
export const problems = {
  malformed_body: entry(400, 'The body cannot be read', 'Send a well-formed document.'),
  invalid_request: entry(
    400,
    'The request is not as described',
    'Correct what `errors` names; /openapi.json describes every request.',
  ),
  invalid_job: entry(400, 'The job is not valid', 'Correct what `errors` names. Nothing was stored.'),
  invalid_policy: entry(400, 'The policy is not valid', 'Correct what `errors` names. Nothing was stored.'),
  foreign_origin: entry(
    403,
    'Another site may not use this engine',
    'Call it from a program, or from a page it serves itself.',
  ),
  route_not_found: entry(404, 'There is nothing at this address', '/openapi.json lists every address.'),
  job_not_found: entry(404, 'There is no such job', 'GET /api/v3/jobs lists the jobs of this store.'),
  node_not_found: entry(
    404,
    'The job has no such node',
    'GET /api/v3/jobs/{job}/nodes lists its nodes; items of a map are named `map[3]`.',
  ),
  policy_not_found: entry(404, 'There is no such policy', 'GET /api/v3/retry-policies lists them.'),
  batch_not_found: entry(404, 'There is no such batch', 'GET /api/v3/batches lists them.'),
  recovery_not_found: entry(404, 'There is no such recovery', 'GET /api/v3/recoveries lists them.'),
  breaker_not_found: entry(
    404,
    'There is no such breaker',
    'GET /api/v3/breakers lists them. One is there once its target was called, or somebody has forced or configured it.',
  ),
  bulkhead_not_found: entry(
    404,
    'There is no such bulkhead',
    'GET /api/v3/bulkheads lists them. PUT makes one by configuring it.',
  ),
  method_not_allowed: entry(405, 'This address knows other methods only', 'Use a method that `allowed` names.'),
  job_is_final: entry(
    409,
    'The job has ended',
    'Redrive it, so that it goes on from where it stopped, or submit a new job.',
  ),
  job_is_not_final: entry(
    409,
    'The job has not ended',
    'Name the nodes that shall run again, or wait until it has ended.',
  ),
  checkpoint_not_found: entry(
    409,
    'The job has no such checkpoint',
    'Take one that GET /api/v3/jobs/{job}/checkpoints lists. A checkpoint goes when a result that it had kept is made again or taken back.',
  ),
  too_many_checkpoints: entry(409, 'The job keeps too many checkpoints', 'Give the new one the name of an old one.'),
  recovery_under_way: entry(
    409,
    'A recovery of the job is under way',
    'Answer it where it waits for an answer, cancel it, or wait until it has ended.',
  ),
  no_recovery_under_way: entry(409, 'No recovery of the job is under way', 'There is nothing to answer or to cancel.'),
  recovery_not_escalated: entry(
    409,
    'The recovery waits for no answer',
    'Look at it; cancel it where something else shall be done.',
  ),
  recovery_is_over: entry(
    409,
    'The recovery has ended',
    'Look at the job: another one may act on it, or can be asked for.',
  ),
  action_not_possible: entry(
    409,
    'The action is not possible here',
    'Take one that `allowed` names, and look at `detail`.',
  ),
  job_is_child: entry(409, 'The job works for another job', 'Redrive its parent, which starts it anew.'),
  job_is_too_old: entry(409, 'The job ended too long ago', 'Submit a new job.'),
  deadline_has_passed: entry(
    409,
    'The deadline has passed',
    'Send a corrected spec with another `deadline`, or without one.',
  ),
  nothing_to_run_again: entry(
    409,
    'There is no node that this can be done with',
    'Name the nodes: a redrive runs any again, an action of recovery is for those that have failed or go on.',
  ),
  spec_does_not_fit: entry(
    422,
    'The job cannot go on with this spec',
    'Correct what `errors` names: the nodes stay the same ones, and only those that run again may change.',
  ),
  rolling_back: entry(
    409,
    'The job is being rolled back',
    'Wait for its end, or cancel it, which leaves standing what has not been compensated.',
  ),
  nothing_to_compensate: entry(
    409,
    'The job has nothing to compensate',
    'Give the nodes whose work can be taken back a `compensate` in the spec of the next job.',
  ),
  too_many_compensations: entry(409, 'The job would have too many compensations', 'Take its work back in other ways.'),
  compensation_failed: entry(
    409,
    'A compensation failed for good',
    'Retry it or skip it, and the rollback goes on by itself; or cancel the job.',
  ),
  no_failed_compensation: entry(
    409,
    'This compensation has not failed',
    'GET /api/v3/jobs/{job}/nodes lists the compensations and their states; they are named `undo(node)`.',
  ),
  job_is_paused: entry(409, 'The job is paused', 'Resume it first.'),
  job_is_not_paused: entry(409, 'The job is not paused', 'There is nothing to resume.'),
  stale_attempt: entry(
    409,
    'This attempt is over',
    'Stop this work: another attempt has taken its place or the node has ended.',
  ),
  node_is_not_ready: entry(
    409,
    'The node cannot be started now',
    'Look at the node; it starts by itself once it is ready.',
  ),
  node_is_not_waiting: entry(
    409,
    'The node waits for nothing from outside',
    'Look at the node; only a running or waiting attempt can be reported on.',
  ),
  node_is_not_retrying: entry(
    409,
    'The node waits for no retry',
    'Look at the node; GET /api/v3/jobs/{job}/retries lists the retries that are scheduled.',
  ),
  node_is_settled: entry(
    409,
    'The node has settled',
    'Look at the node and the job; a settled node is not changed any more.',
  ),
  not_due: entry(409, 'It is too early for this', 'Nothing to do: it happens by itself when it is due.'),
  unknown_signal: entry(
    409,
    'The job has no signal of this name',
    'Send it under a name that a `signal` node of the job waits for.',
  ),
  too_many_signals: entry(
    409,
    'The job keeps too many signals',
    'Wait until its nodes have taken some, then send it again.',
  ),
  no_rule_fits: entry(
    409,
    'No recovery rule of the job is for what was found',
    'Say which action is to be taken: `allowed` names those that are possible.',
  ),
  batch_has_ended: entry(
    409,
    'The batch has ended',
    'There is nothing to cancel; GET /api/v3/batches/{batch}/results tells what it did.',
  ),
  batch_limit_reached: entry(409, 'Too many batches are running', 'Wait until one has ended, or cancel one.'),
  policy_exists: entry(
    409,
    'There is a policy of this name',
    'PUT a new version of it, with the newest version (`ETag`) in `If-Match`, or take another name.',
  ),
  policy_changed: entry(
    412,
    'Somebody has written a newer version',
    'Read it, decide again, and send its version (`ETag`) in `If-Match`. Nothing was stored.',
  ),
  guard_changed: entry(
    412,
    'Somebody has changed it meanwhile',
    'Read it, decide again, and send its revision (`ETag`) in `If-Match`, or none. Nothing was stored.',
  ),
  body_too_large: entry(
    413,
    'The body is too large',
    'Keep large values elsewhere and send where they are, or split the job into child jobs. JSON may be larger than YAML.',
  ),
  unsupported_media_type: entry(415, 'The body is of an unknown kind', 'Send application/json.'),
  idempotency_key_reused: entry(
    422,
    'The key was used for something else',
    'Use a new key for a new request. Where a job was submitted under it, `Location` is that job.',
  ),
  batch_id_reused: entry(
    422,
    'The id belongs to a batch that asks for something else',
    'Use a new id for a new batch. `Location` is the batch that has this one.',
  ),
  version_required: entry(
    428,
    'It must be said which version this replaces',
    'Read the policy and send its version (`ETag`) in `If-Match`.',
  ),
  internal_error: entry(
    500,
    'Something broke in the engine',
    'Ask the operator for what was logged under `errorId`. Trying again is safe.',
  ),
  job_unreadable: entry(
    500,
    'This engine cannot read the job',
    'The operator must do what `detail` says. Other jobs are not concerned.',
  ),
  store_damaged: entry(500, 'The store is damaged', 'The operator must look at the store.'),
  too_many_streams: entry(503, 'Too many event streams are open', 'Try again later, or read /audit instead.'),
  store_unavailable: entry(
    503,
    'The store does not answer',
    'Try again after `Retry-After`, with the same Idempotency-Key.',
  ),
  store_full: entry(507, 'The store is full', 'The operator must make room. Nothing was stored.'),
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof problems;

/** What passes by itself: the same request may be accepted later, as it is. */
const passing: ReadonlySet<ProblemCode> = new Set([
  'internal_error',
  'job_is_not_final',
  'node_is_not_ready',
  'not_due',
  'recovery_under_way',
  'store_unavailable',
  'too_many_signals',
  'batch_limit_reached',
  'too_many_streams',
]);

export function isRetryable(code: ProblemCode): boolean {
  return passing.has(code);
}

export interface Problem {
  readonly kind: 'problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly more: ProblemMore;
  readonly headers: Readonly<Record<string, string>>;
}

/** Members beside those of every problem. */
export interface ProblemMore {
  readonly errors?: readonly FieldError[];
  /** What would be accepted now. */
  readonly allowed?: readonly string[];
  readonly currentAttempt?: number;
  readonly errorId?: string;
}

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  readonly next: string;
}

export function problem(
  code: ProblemCode,
  detail: string,
  more: ProblemMore = {},
  headers: Readonly<Record<string, string>> = {},
): Problem {
  return { kind: 'problem', code, detail, more, headers };
}

export function problemBody({ code, detail, more }: Problem, instance: string): Record<string, unknown> {
  const { status, title, next } = problems[code];
  const retryable = isRetryable(code);
  return { type: `urn:breakwater:problem:${code}`, title, status, detail, instance, code, next, retryable, ...more };
}

function entry(status: number, title: string, next: string): ProblemEntry {
  return { status, title, next };
}
