import { notAPageToken } from '../../core/error.ts';
import { policyNameForm } from './limits.ts';

/** A page of a list by name: the token is the last name of the page before. */
export function encodeNamePlace(name: string): string {
  return Buffer.from(`after ${name}`).toString('base64url');
}

/** The name that the list goes on behind; empty for its first page. Throws `page_token_invalid`. */
export function nameBefore(token: string | undefined): string {
  if (token === undefined) return '';
  const name = decodeNamePlace(token);
  if (name === undefined) throw notAPageToken(token);
  return name;
}

/** Undefined when the text is no such token. */
export function decodeNamePlace(token: string): string | undefined {
  const [, name] = /^after (.*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return name !== undefined && policyNameForm.test(name) ? name : undefined;
}
