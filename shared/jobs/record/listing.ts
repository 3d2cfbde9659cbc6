import { notAPageToken } from '../../core/error.ts';
import type { JobHeader } from '../job.ts';
import { isFinal } from '../states.ts';

/** Where a list goes on: after this job, newest first. The place holds whatever is inserted meanwhile. */
export interface ListPlace {
  readonly submittedAt: number;
  readonly jobId: string;
}

export function encodePageToken({ submittedAt, jobId }: ListPlace): string {
  return Buffer.from(JSON.stringify([submittedAt, jobId])).toString('base64url');
}

/** Where the list goes on; undefined for its first page. Throws `page_token_invalid`. */
export function placeIn(token: string | undefined): ListPlace | undefined {
  if (token === undefined) return undefined;
  const place = decodePageToken(token);
  if (!place) throw notAPageToken(token);
  return place;
}

/** The order of such a list: of one moment the last id first. */
export function newerFirst(a: ListPlace, b: ListPlace): number {
  if (a.submittedAt !== b.submittedAt) return b.submittedAt - a.submittedAt;
  return a.jobId < b.jobId ? 1 : a.jobId > b.jobId ? -1 : 0;
}

/** Undefined for a text that is no page token. */
export function decodePageToken(token: string): ListPlace | undefined {
  try {
    const [submittedAt, jobId, ...more] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof submittedAt !== 'number' || typeof jobId !== 'string' || more.length > 0) return undefined;
    return { submittedAt, jobId };
  } catch {
    return undefined;
  }
}

/** What a job is found by that ended with a failure: its code. Undefined while it goes on. */
export function endedWith({ state, failure }: JobHeader): string | undefined {
  return isFinal(state) ? failure?.code : undefined;
}
