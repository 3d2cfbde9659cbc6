import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { userInfo } from 'node:os';
import { text as textOf } from 'node:stream/consumers';
import { CodedError, codeOf, messageOf } from '../core/error.ts';

/** Small things that only this machine knows. */

/** From the sources and from the bundle alike. */
export function readVersion(): string {
  const path = findPackageJSON(import.meta.url)!;
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}

/** `cli:ada`, for the audit. */
export function operatorName(): string {
  try {
    const { username } = userInfo();
    return /^[\x21-\x7e]{1,100}$/.test(username) ? `cli:${username}` : 'cli';
  } catch {
    return 'cli';
  }
}

/** A job of the largest size, written as generously as one likes. */
const fileBytesMax = 64 * 1024 * 1024;

export async function readText(path: string): Promise<string> {
  try {
    if (path === '-') return await textOf(process.stdin);
    const { size } = await stat(path);
    if (size > fileBytesMax)
      throw new CodedError('file_unreadable', `it has ${size} bytes; ${fileBytesMax} are the most`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (thrown) {
    throw new CodedError('file_unreadable', `The file ${path} cannot be read: ${reasonOf(thrown)}.`, { cause: thrown });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'this user may not',
  EISDIR: 'it is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is no UTF-8 text',
};

function reasonOf(thrown: unknown): string {
  return reasons[codeOf(thrown)] ?? messageOf(thrown);
}
