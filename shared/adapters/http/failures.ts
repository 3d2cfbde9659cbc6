import { STATUS_CODES } from 'node:http';
import { codeOf, messageOf } from '../../core/error.ts';
import type { Json } from '../../core/json.ts';
import { type Failure, knownRetryable } from '../../policy/retry/index.ts';

/**
 * Every way a call can go wrong, beside `http_404` and its like. Users name these codes in their retry policies, so they are part of
 * the interface. Which of them the next attempt would meet again, the table of failures says.
 */
export const httpFailures = {
  bad_url: 'the URL cannot be called',
  bad_request: 'the request cannot be sent',
  bad_header: 'a header cannot be sent',
  host_forbidden: 'the host may not be called',
  host_not_found: 'the host was not found',
  host_unreachable: 'the host cannot be reached',
  connection_refused: 'the connection was refused',
  connection_lost: 'the connection was lost before the answer was whole',
  connect_timeout: 'no connection came about in time',
  tls_error: 'no trusted TLS connection came about',
  timeout: 'the answer did not come in time',
  aborted: 'the attempt was ended while the call was under way',
  redirect_refused: 'the answer is a redirect that is not followed',
  too_many_redirects: 'the redirects do not end',
  response_too_large: 'the answer is too large',
  bad_response: 'the answer cannot be read',
  call_failed: 'the call failed',
} as const satisfies Record<string, string>;

export type HttpFailureCode = keyof typeof httpFailures;

/** `what` is the request for people: `GET https://example.com/path`. */
export function failureFor(code: HttpFailureCode, what: string, reason: string, details?: Json): Failure {
  return {
    code,
    message: `${what}: ${httpFailures[code]}: ${reason}`,
    ...finality(code),
    ...(details === undefined ? {} : { details }),
  };
}

export function statusFailure(status: number, what: string, details: Json, retryAfterMs: number | undefined): Failure {
  const phrase = STATUS_CODES[status];
  return {
    code: `http_${status}`,
    message: `${what} answered ${status}${phrase ? ` ${phrase}` : ''}`,
    ...finality(`http_${status}`),
    details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function finality(code: string): Pick<Failure, 'retryable'> {
  return knownRetryable({ code }) === false ? { retryable: false } : {};
}

/** Once the attempt's signal has fired, whatever broke did so because of it. */
export function failureFrom(thrown: unknown, what: string, signal: AbortSignal): Failure {
  if (!signal.aborted) return failureFor(codeFor(codeOf(thrown)), what, messageOf(thrown));
  const outOfTime = /timeout/i.test(codeOf(signal.reason));
  return failureFor(outOfTime ? 'timeout' : 'aborted', what, messageOf(signal.reason));
}

function codeFor(code: string): HttpFailureCode {
  if (Object.hasOwn(httpFailures, code)) return code as HttpFailureCode;
  const known = codesOfNode[code];
  if (known) return known;
  return families.find(([form]) => form.test(code))?.[1] ?? 'call_failed';
}

const codesOfNode: Readonly<Record<string, HttpFailureCode>> = {
  ENOTFOUND: 'host_not_found',
  ENODATA: 'host_not_found',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  EADDRNOTAVAIL: 'host_unreachable',
  EACCES: 'host_unreachable',
  EPERM: 'host_unreachable',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_lost',
  ECONNABORTED: 'connection_lost',
  EPIPE: 'connection_lost',
  UND_ERR_SOCKET: 'connection_lost',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  EPROTO: 'tls_error',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_error',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_error',
  HOSTNAME_MISMATCH: 'tls_error',
  INVALID_CA: 'tls_error',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_CLOSED: 'aborted',
  UND_ERR_DESTROYED: 'aborted',
  UND_ERR_INVALID_ARG: 'bad_request',
  UND_ERR_NOT_SUPPORTED: 'bad_request',
  UND_ERR_HEADERS_OVERFLOW: 'bad_response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'bad_response',
  HTTPParserError: 'bad_response',
};

const families: readonly (readonly [RegExp, HttpFailureCode])[] = [
  [/^EAI_/, 'host_not_found'],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_)/, 'tls_error'],
  [/^(HPE_|Z_|ERR_BROTLI|ERR__ERROR_|ERR_ENCODING_)/, 'bad_response'],
];
