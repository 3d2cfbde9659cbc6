/** A page of a list whose order never changes: the token is the place where the next page begins. */
export interface Page {
  readonly size: number;
  readonly has_next: boolean;
  readonly page_token: string | null;
}

export function pageOf(size: number, nextToken: string | undefined): Page {
  return { size, has_next: nextToken !== undefined, page_token: nextToken ?? null };
}

export function tokenOfPlace(place: number): string {
  return Buffer.from(`place ${place}`).toString('base64url');
}

/** Undefined when the text is no such token. */
export function placeOfToken(token: string): number | undefined {
  const match = /^place (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString());
  return match ? Number(match[1]) : undefined;
}

/** Of a list by name: the last name of the page before. */
export function tokenOfName(name: string): string {
  return Buffer.from(`after ${name}`).toString('base64url');
}

/** Undefined when the text is no such token. */
export function nameOfToken(token: string): string | undefined {
  return /^after (.+)$/u.exec(Buffer.from(token, 'base64url').toString())?.[1];
}
