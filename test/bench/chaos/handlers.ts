import { CodedError } from '../../../shared/core/error.ts';
import type { Json } from '../../../shared/core/json.ts';
import type { Attempt } from '../../../shared/ports/index.ts';

/** What the doors of the chaos run: it calls the target as an HTTP node would, and says which process it is. */
export async function call(input: Json, { idempotencyKey, attempt, signal }: Attempt): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
    'breakwater-attempt': String(attempt),
    'x-pid': String(process.pid),
  };
  const body = JSON.stringify(input);
  const answer = await fetch(process.env['CHAOS_TARGET']!, { method: 'POST', headers, body, signal });
  if (answer.ok) return answer.json();
  const failure = new CodedError(`http_${answer.status}`, `the target answered ${answer.status}`);
  throw Object.assign(failure, { retryable: answer.status >= 500 });
}
