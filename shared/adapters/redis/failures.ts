import { CodedError, codeOf, messageOf } from '../../core/error.ts';

/**
 * What went wrong at Redis, in one of two words. `redis_unavailable`: it can't be reached, does not answer or is not ready. `redis_refused`:
 * it answers and does not want to, which waiting alone will hardly mend. Guards go on without it in both cases.
 */
export function toRedisError(thrown: unknown, place: string): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const message = messageOf(thrown);
  const refusal = refusalOf(message);
  if (refusal !== undefined)
    return new CodedError('redis_refused', `${place} ${refusal} (${message})`, { cause: thrown });
  if (isReply(thrown) && !passing.test(message))
    return new CodedError('redis_refused', `${place} refused: ${message}`, { cause: thrown });
  return unavailable(place, tell(thrown, message), thrown);
}

export function unavailable(place: string, because: string, cause?: unknown): CodedError {
  return new CodedError('redis_unavailable', `${place} can't be used now: ${because}`, { cause });
}

/** Redis has forgotten the script, or was restarted: nothing was run. */
export function isNoScript(thrown: unknown): boolean {
  return messageOf(thrown).startsWith('NOSCRIPT');
}

/** Not of one script or key, but of whatever is written. */
export function isForAll(error: CodedError): boolean {
  return refusalOf(messageOf(error.cause)) !== undefined;
}

/** For people, and without the password. */
export function placeOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `Redis at ${hostname}:${port || '6379'}${pathname === '/' ? '' : pathname}`;
  } catch {
    return 'Redis';
  }
}

/** By the first word of its reply, which a script may have wrapped in words of its own. */
const refusals: Readonly<Record<string, string>> = {
  WRONGPASS: 'does not know this user or password: set the URL with the right ones',
  NOAUTH: 'wants a password: give it in the URL, as in redis://:PASSWORD@HOST',
  NOPERM: 'does not let this user do it: allow it scripts, pub/sub and the keys breakwater:*',
  READONLY: 'is a read-only replica: give the URL of the primary',
  OOM: 'has no memory left: give it more, or a policy that evicts',
  MISCONF: "can't write its own files and so takes no writes: look at its disk",
  NOREPLICAS: 'has too few replicas and so takes no writes',
  MOVED: 'is one node of a cluster, and the key is on another: give the URL of an instance without cluster mode',
  NOPROTO: 'does not know RESP3: Redis 6 or later is needed',
};

/** It is there and not ready: this goes by. */
const passing = /^(?:LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|UNBLOCKED)\b/;

function refusalOf(message: string): string | undefined {
  const word = /\b(?:WRONGPASS|NOAUTH|NOPERM|READONLY|OOM|MISCONF|NOREPLICAS|MOVED|NOPROTO)\b/.exec(message)?.[0];
  if (word !== undefined) return refusals[word];
  return /^ERR (?:AUTH|invalid (?:username-)?password)/i.test(message) ? refusals['WRONGPASS'] : undefined;
}

/** The client's own class for what the server answered, told by its name since the client is loaded late. */
function isReply(thrown: unknown): boolean {
  for (let type = thrown; type !== null && typeof type === 'object'; type = Object.getPrototypeOf(type))
    if (type.constructor?.name === 'ErrorReply') return true;
  return false;
}

function tell(thrown: unknown, message: string): string {
  const code = codeOf(thrown);
  return message === '' || message.includes(code) || code === 'unknown' ? message || code : `${message} (${code})`;
}
