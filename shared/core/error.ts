/** A failure of the world: it has a stable code to compare by, a sentence for people, and keeps its cause. */
export class CodedError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Of a list that is gone through page by page: the token is of no page of it. */
export function notAPageToken(token: string): CodedError {
  return new CodedError('page_token_invalid', `"${token}" is not a page token of this list`);
}

/** The code of whatever was thrown: ours, Node's (`ECONNREFUSED`), an exception's name, or `unknown`. Never throws. */
export function codeOf(thrown: unknown): string {
  const code = fieldOf(thrown, 'code');
  if (typeof code === 'string' && code !== '') return code;
  const name = fieldOf(thrown, 'name');
  return typeof name === 'string' && name !== '' && name !== 'Error' ? name : 'unknown';
}

/** Never throws: anything can be thrown, even what has no text. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'it cannot be written as text';
  }
}

/** A field of whatever was thrown; undefined where there is none or reading it throws. */
export function fieldOf(thrown: unknown, name: string): unknown {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    return (thrown as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}
