import type { ByOperator } from '../../../jobs/index.ts';
import type { Call } from '../route.ts';
import { reason } from '../schemas/common.ts';
import { idempotencyKey } from '../schemas/parameters.ts';
import { conflicts, replayed } from './answered.ts';
import { jsonBody } from './bodies.ts';

/** What all routes have in common by which an operator asks for something: who asks and why, and a key under which it acts once. */
export const operatorAction = {
  method: 'POST',
  headers: { 'idempotency-key': idempotencyKey },
  problems: ['idempotency_key_reused', 'job_not_found', 'store_full', ...conflicts],
} as const;

export const reasonBody = jsonBody(reason, false);

/** The header by which an answer says that nothing was done anew. */
export const replayedHeader = {
  [Object.keys(replayed)[0]!]: '`true` when this had been done before, or under this key.',
};

/** Of a call by which an operator asks for something. */
export interface OperatorCall extends Pick<Call<unknown, unknown, unknown, unknown>, 'asked'> {
  readonly body: { readonly reason?: string | undefined } | undefined;
}

/** As the event has it. */
export function askedFor({ asked, body }: OperatorCall): ByOperator {
  return { ...asked, ...(body?.reason !== undefined && { reason: body.reason }) };
}
