import { type Failure, statusInCode } from './failure.ts';
import type { FailureKind } from './failure-kind.ts';

/** What is known of failures before any policy is asked, and the page on retries shows it. Whoever makes such a failure asks here. */
export interface FailureGroup {
  /** What `adaptive` takes it for; `other` unless said. */
  readonly kind?: FailureKind;
  readonly by: 'code' | 'status' | 'name';
  readonly retry: boolean;
  readonly because: string;
  readonly of: readonly string[];
}

export const failureTable: readonly FailureGroup[] = [
  {
    by: 'code',
    kind: 'unreachable',
    retry: true,
    because: 'the way to the target may be open again',
    of: [
      'connection_refused',
      'connection_lost',
      'connect_timeout',
      'host_not_found',
      'host_unreachable',
      'tls_error',
      'call_failed',
      'bad_response',
      'topic_unavailable',
      'publish_failed',
    ],
  },
  {
    by: 'code',
    kind: 'unreachable',
    retry: true,
    because: 'the same, as Node names it',
    of: [
      'ECONNREFUSED',
      'ECONNRESET',
      'ECONNABORTED',
      'EPIPE',
      'ETIMEDOUT',
      'EAI_AGAIN',
      'ENOTFOUND',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'UND_ERR_SOCKET',
      'UND_ERR_CONNECT_TIMEOUT',
      'UND_ERR_HEADERS_TIMEOUT',
      'UND_ERR_BODY_TIMEOUT',
    ],
  },
  {
    by: 'code',
    kind: 'timeout',
    retry: true,
    because: 'it took too long this time, or was stopped',
    of: ['timeout', 'heartbeat_timeout', 'invocation_timeout', 'aborted', 'abandoned'],
  },
  {
    by: 'code',
    retry: true,
    because: 'another engine, or this one later, may do better',
    of: ['handler_unknown', 'lease_lost', 'dead_letter', 'topic_full', 'child_failed', 'child_aborted'],
  },
  {
    by: 'code',
    retry: true,
    because: 'its target is left alone for now; nothing was tried',
    of: ['breaker_open', 'bulkhead_full', 'over_retry_budget'],
  },
  {
    by: 'code',
    retry: false,
    because: 'the same call would be refused again',
    of: [
      'bad_url',
      'bad_request',
      'bad_header',
      'host_forbidden',
      'redirect_refused',
      'too_many_redirects',
      'bad_topic',
      'bad_attribute',
      'message_too_large',
      'message_refused',
      'topic_unknown',
      'topic_denied',
    ],
  },
  {
    by: 'code',
    retry: false,
    because: 'the same result would be too large again, or none',
    of: ['response_too_large', 'result_too_large', 'results_too_large', 'result_not_json', 'outcome_unusable'],
  },
  {
    by: 'code',
    retry: false,
    because: 'it could not start, or its time is over',
    of: ['input_unresolved', 'input_too_large', 'not_a_call', 'child_not_started', 'child_unusable', 'total_timeout'],
  },
  {
    by: 'status',
    retry: true,
    because: 'too slow, too early, too many, or the server’s own fault',
    of: ['408', '425', '429', '5xx'],
  },
  {
    by: 'status',
    retry: false,
    because: 'the request itself is not wanted',
    of: ['1xx', '3xx', '4xx'],
  },
  {
    by: 'name',
    kind: 'timeout',
    retry: true,
    because: 'what platforms throw when a call took too long',
    of: ['TimeoutError', 'AbortError'],
  },
];

/** What the table says: of the code first, then of the status, then of the exception's name. Undefined for what it does not know. */
export function knownRetryable({ code, name }: Pick<Failure, 'code' | 'name'>): boolean | undefined {
  const status = statusInCode(code);
  const ofStatus = status === undefined ? undefined : verdictOfStatus(status);
  return verdicts.get(`code ${code}`) ?? ofStatus ?? verdicts.get(`name ${name ?? code}`);
}

/** A single status before its class. */
function verdictOfStatus(status: number): boolean | undefined {
  return verdicts.get(`status ${status}`) ?? verdicts.get(`status ${Math.floor(status / 100)}xx`);
}

const verdicts: ReadonlyMap<string, boolean> = new Map(
  failureTable.flatMap(({ by, retry, of }) => of.map((each) => [`${by} ${each}`, retry] as const)),
);
