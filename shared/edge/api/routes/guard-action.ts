import type { GuardAsked } from '../../../engine/guards/guards.ts';
import type { Call } from '../route.ts';
import * as schemas from '../schemas/guard.ts';
import { idempotencyKey } from '../schemas/parameters.ts';
import { replayedHeader } from './operator-action.ts';

/** What all routes have in common by which an operator changes a guard. */
export const guardAction = {
  tag: 'guards',
  params: { name: schemas.guardName },
  headers: { 'idempotency-key': idempotencyKey, 'if-match': schemas.ifMatch },
} as const;

export const guardProblems = ['guard_changed', 'idempotency_key_reused', 'store_full'] as const;
export const revisionHeader = { ETag: 'Its revision, in quotes.' };
export const changedHeaders = { ...revisionHeader, ...replayedHeader };

type GuardCall = Pick<
  Call<unknown, unknown, { readonly 'if-match': number | undefined }, unknown>,
  'asked' | 'headers'
>;

export function guardAsked({ asked, headers }: GuardCall, reason: string | undefined): GuardAsked {
  const revision = headers['if-match'];
  return { ...asked, ...(reason !== undefined && { reason }), ...(revision !== undefined && { revision }) };
}

/** Without the fields that nobody said. */
export function saidOf<Given extends object>(given: Given): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
