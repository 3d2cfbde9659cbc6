import { type Failure, statusOf } from './failure.ts';
import { failureTable } from './failure-table.ts';

/** What failures have in common for who asks how long to wait: few, since experience is gathered for each of them apart. */
export const failureKinds = ['timeout', 'unreachable', 'overloaded', 'server_error', 'other'] as const;
export type FailureKind = (typeof failureKinds)[number];

/** By the status that it is about, by the table of failures, and by whether the target asks for a pause. */
export function kindOf(failure: Failure): FailureKind {
  const status = statusOf(failure);
  if (status !== undefined) return kindOfStatus(status);
  const known = kinds.get(`code ${failure.code}`) ?? kinds.get(`name ${failure.name ?? failure.code}`);
  return known ?? (failure.retryAfterMs === undefined ? 'other' : 'overloaded');
}

function kindOfStatus(status: number): FailureKind {
  if (status === 408 || status === 504) return 'timeout';
  if (status === 429 || status === 503) return 'overloaded';
  return status >= 500 ? 'server_error' : 'other';
}

const kinds: ReadonlyMap<string, FailureKind> = new Map(
  failureTable.flatMap(({ by, kind, of }) => (kind ? of.map((each) => [`${by} ${each}`, kind] as const) : [])),
);
