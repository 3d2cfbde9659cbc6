import { CodedError, messageOf } from '../../core/error.ts';

/**
 * Says in our codes what SQLite or the file system said, with the path and what to do about it. What neither of them said is a bug
 * of ours and is given back as it is: no retry would help.
 */
export function storeFailure(path: string, thrown: unknown): unknown {
  const described = describe(thrown);
  if (!described) return thrown;
  const [code, sentence] = described;
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

/** TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE: what SQLite says of a statement that is wrong. */
const ourBugs: ReadonlySet<number> = new Set([18, 19, 20, 21, 25]);

/** Errors of the system, and no others, have a number in `errno`. */
function describe(thrown: unknown): Description | undefined {
  const { errcode, errno, code } = (thrown ?? {}) as { errcode?: unknown; errno?: unknown; code?: unknown };
  const failed = `failed (${messageOf(thrown)}): check the path and its disk, then try again.`;
  const unknown: Description = ['store_unavailable', failed];
  if (typeof errcode === 'number')
    return ourBugs.has(errcode & 0xff) ? undefined : (bySqlite[errcode & 0xff] ?? unknown);
  return typeof errno === 'number' ? (bySystem[String(code)] ?? unknown) : undefined;
}
