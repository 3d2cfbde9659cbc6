import { CodedError, messageOf } from '../../core/error.ts';

/** Says in our codes what SQLite or the file system said, with the path and what to do about it. */
export function storeFailure(path: string, thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const [code, sentence] = describe(thrown);
  return new CodedError(code, `The store ${path} ${sentence}`, { cause: thrown });
}

type Description = readonly [code: string, sentence: string];

const inUse: Description = [
  'store_in_use',
  'is open in another engine: stop that one, or give this one a store of its own.',
];
const readOnly: Description = [
  'store_read_only',
  'cannot be written: make the file and its directory writable for this user, or choose another path.',
];
const damaged: Description = [
  'store_damaged',
  'is no SQLite database or is damaged: put back a copy of it, or choose another path.',
];
const full: Description = [
  'store_full',
  'cannot grow, for its disk or its limit is full: make room; what was accepted is safe.',
];

/** SQLite's primary result codes. Source: https://www.sqlite.org/rescode.html */
const bySqlite: Readonly<Record<number, Description>> = {
  5: inUse,
  6: inUse,
  8: readOnly,
  11: damaged,
  13: full,
  26: damaged,
};

const bySystem: Readonly<Record<string, Description>> = {
  EACCES: readOnly,
  EPERM: readOnly,
  EROFS: readOnly,
  ENOSPC: full,
  EDQUOT: full,
};

function describe(thrown: unknown): Description {
  const { errcode, code } = (thrown ?? {}) as { errcode?: unknown; code?: unknown };
  const known = typeof errcode === 'number' ? bySqlite[errcode & 0xff] : typeof code === 'string' && bySystem[code];
  return known || ['store_unavailable', `failed (${messageOf(thrown)}): check the path and its disk, then try again.`];
}
