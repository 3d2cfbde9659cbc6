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
  method_not_allowed: entry(405, 'This address knows other methods only', 'Use a method that `allowed` names.'),
  job_is_final: entry(409, 'The job has ended', 'Submit a new job.'),
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
  body_too_large: entry(
    413,
    'The body is too large',
    'Keep large values elsewhere and send where they are, or split the job into child jobs. JSON may be larger than YAML.',
  ),
  unsupported_media_type: entry(415, 'The body is of an unknown kind', 'Send application/json.'),
  idempotency_key_reused: entry(
    422,
    'The key was used with another body',
    'Use a new key for a new job. `Location` is the job that has this key.',
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
  return { type: `urn:breakwater:problem:${code}`, title, status, detail, instance, code, next, ...more };
}

function entry(status: number, title: string, next: string): ProblemEntry {
  return { status, title, next };
}
