/**
 * Why a user may not set this header; undefined when they may. For the check of a spec as well as for the call itself, since a
 * name is plain text while values may be templates.
 */
export function forbiddenHeader(name: string): string | undefined {
  if (!tokenForm.test(name)) return `\`${name}\` is no header name`;
  const lower = name.toLowerCase();
  if (lower === 'idempotency-key') return 'Idempotency-Key is set by the engine, one key an attempt';
  if (lower === 'host') return 'Host follows from the URL';
  if (ownedByTransport.has(lower)) return `${name} belongs to the connection, not to the request`;
  return undefined;
}

/** RFC 9110, 5.6.2. */
const tokenForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110, 7.6.1, and what frames the message. */
const ownedByTransport: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
