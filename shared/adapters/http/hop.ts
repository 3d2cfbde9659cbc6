import { forbiddenHeader } from '../../policy/egress/index.ts';
import type { Attempt, HttpCall } from '../../ports/index.ts';
import type { HttpFailureCode } from './failures.ts';

/** One request: the first, or one that a redirect leads to. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type HopOrRefusal =
  | { readonly kind: 'hop'; readonly hop: Hop }
  | { readonly kind: 'refused'; readonly code: HttpFailureCode; readonly reason: string };

/** For messages: without the query, which may hold secrets. */
export function tell(hop: { method: string; url: URL }): string {
  return `${hop.method} ${hop.url.origin}${hop.url.pathname}`.slice(0, 300);
}

export function firstHop(call: HttpCall, attempt: Attempt, userAgent: string): HopOrRefusal {
  const url = parseUrl(call.url);
  if (typeof url === 'string') return { kind: 'refused', code: 'bad_url', reason: url };
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers: Record<string, string> = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.8',
    'accept-encoding': 'gzip, br',
    'user-agent': userAgent,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  for (const [name, value] of Object.entries(call.headers)) {
    const fault = forbiddenHeader(name) ?? faultOfValue(name, value);
    if (fault !== undefined) return { kind: 'refused', code: 'bad_header', reason: fault };
    headers[name.toLowerCase()] = value;
  }
  headers['idempotency-key'] = attempt.idempotencyKey;
  headers['breakwater-attempt'] = String(attempt.attempt);
  return {
    kind: 'hop',
    hop: { url, method: call.method.toUpperCase(), headers, ...(body === undefined ? {} : { body }) },
  };
}

/**
 * Where a redirect leads, by the rules of the Fetch standard (HTTP-redirect fetch): 303 turns into GET, so do 301 and 302 after a
 * POST, and then the body is left behind; 307 and 308 repeat the request as it was. Stricter than the standard: another origin is told none
 * of the user's headers but the harmless ones, since any of them may be a key, and the way never leads from https back to http.
 */
export function nextHop(hop: Hop, status: number, location: string): HopOrRefusal {
  const url = parseUrl(location, hop.url);
  if (typeof url === 'string') return { kind: 'refused', code: 'redirect_refused', reason: url };
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    return {
      kind: 'refused',
      code: 'redirect_refused',
      reason: `it leads from https to ${url.origin}, which is not encrypted`,
    };
  }
  const turned = becomesGet(hop.method, status);
  const keeps = (name: string) =>
    (url.origin === hop.url.origin || harmless.has(name)) && !(turned && name.startsWith('content-'));
  const headers = Object.fromEntries(Object.entries(hop.headers).filter(([name]) => keeps(name)));
  const body = turned || hop.body === undefined ? {} : { body: hop.body };
  return { kind: 'hop', hop: { url, method: turned ? 'GET' : hop.method, headers, ...body } };
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

const harmless: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'breakwater-attempt',
  'content-language',
  'content-type',
  'idempotency-key',
  'user-agent',
]);

/** The URL, or why it is none that can be called. */
function parseUrl(text: string, base?: URL): URL | string {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (!url) return `\`${text.slice(0, 200)}\` is no URL`;
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `only http: and https: are called, not ${url.protocol}`;
  if (url.username !== '' || url.password !== '')
    return 'user and password belong into an Authorization header, not into the URL';
  return url;
}

function faultOfValue(name: string, value: string): string | undefined {
  return /[^\t\x20-\x7e\x80-\xff]/.test(value)
    ? `the value of ${name} has characters that a header cannot carry`
    : undefined;
}
