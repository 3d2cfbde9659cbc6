import { policyNameForm } from './limits.ts';

/** A page of a list by name: the token is the last name of the page before. */
export function encodeNamePlace(name: string): string {
  return Buffer.from(`after ${name}`).toString('base64url');
}

/** Undefined when the text is no such token. */
export function decodeNamePlace(token: string): string | undefined {
  const [, name] = /^after (.*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return name !== undefined && policyNameForm.test(name) ? name : undefined;
}
