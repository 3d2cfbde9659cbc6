import { codeOf, fieldOf, messageOf } from '../core/error.ts';
import type { Json } from '../core/json.ts';
import { cutFailure } from '../jobs/index.ts';
import { type Failure, readRetryAfter } from '../policy/retry/index.ts';

/** What was thrown says what it is: `code`, else the exception's name; `retryable`, `details` and `retryAfter` are kept. */
export function failureOf(thrown: unknown): Failure {
  const code = codeOf(thrown);
  const name = fieldOf(thrown, 'name');
  const retryable = fieldOf(thrown, 'retryable');
  const retryAfterMs = readRetryAfter(fieldOf(thrown, 'retryAfter'));
  const details = plainOf(fieldOf(thrown, 'details'));
  return cutFailure({
    code,
    message: messageOf(thrown),
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(details !== undefined && { details }),
    ...(typeof name === 'string' && saysMore(name, code) && { name }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Every exception has a name, and most only say that they are exceptions. */
function saysMore(name: string, code: string): boolean {
  return name !== '' && name !== 'Error' && name !== code;
}

/** Undefined for what is no JSON. */
function plainOf(value: unknown): Json | undefined {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
