import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { CodedError } from '../../core/error.ts';
import { storeFailure } from './failures.ts';
import { numberOf } from './number-of.ts';
import { applicationId, changesOfSchema, schema, schemaVersion } from './schema.ts';
import { layOutWal } from './wal.ts';

export const inMemory = ':memory:';

/**
 * Opens the file for this process alone: the kernel holds the lock and frees it however the process ends. A missing directory and a
 * missing file are made. A file of another program is left as it is.
 */
export function openFile(path: string, maxBytes: number | undefined): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== inMemory) prepareFile(path);
    database = new DatabaseSync(path);
    configure(database, path, maxBytes);
    if (path !== inMemory) layOutWal(path);
    return database;
  } catch (thrown) {
    database?.close();
    throw storeFailure(path, thrown);
  }
}

function prepareFile(path: string): void {
  makeDirectory(dirname(resolve(path)));
  const found = statSync(path, { throwIfNoEntry: false });
  // SQLite would open a file that it cannot write, and fail only later.
  accessSync(dirname(path), constants.W_OK);
  if (!found) return;
  if (!found.isFile()) throw new CodedError('store_unavailable', `The store ${path} is no file: choose another path.`);
  accessSync(path, constants.W_OK);
  if (found.size > 0) refuseForeignFile(path);
}

/** One level at a time: where the system lets nothing be made, as below `/proc`, Node's own `recursive` goes round for ever. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    // Somebody else may have made it at the same moment.
    if (!existsSync(path)) throw thrown;
  }
}

/**
 * Looks at the file as if nobody could change it: without a lock, a journal or a WAL, so that it stays as it is. (Reading it past
 * SQLite would free the locks that this process may have on it.) When that is not the whole truth, since a journal is there or the
 * WAL was being carried over when its process died, the opening decides.
 */
function refuseForeignFile(path: string): void {
  const look = new DatabaseSync(`${pathToFileURL(path).href}?immutable=1`, { readOnly: true });
  try {
    const mark = numberOf(look, 'PRAGMA application_id');
    if (mark !== applicationId && !existsSync(`${path}-journal`)) throw foreign(path);
  } catch (thrown) {
    if (!isHalfWritten(thrown)) throw thrown;
  } finally {
    look.close();
  }
}

/** SQLITE_CORRUPT: the file has the header of a database, but not all that the header tells of. */
const isHalfWritten = (thrown: unknown): boolean => (thrown as { errcode?: unknown }).errcode === 11;

function foreign(path: string): CodedError {
  return new CodedError('store_foreign', `The store ${path} is a database of another program: choose another path.`);
}

/** Page size: rows of a few KB grow in place, and one page carries several. The WAL is carried over by `watchWal`. */
const pageSize = 16_384;

/** What is hot is a few MB; the rest is in the system's cache anyway. */
const cacheKiB = 4_000;

function configure(database: DatabaseSync, path: string, maxBytes: number | undefined): void {
  database.exec(`PRAGMA page_size = ${pageSize}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;`);
  checkMark(database, path);
  database.exec(`
    PRAGMA journal_mode = ${path === inMemory ? 'MEMORY' : 'WAL'};
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA cache_size = -${cacheKiB};
    BEGIN IMMEDIATE;
    COMMIT;
  `);
  if (maxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`);
}

/** The mark and the tables are made in one transaction and before the WAL, so that no other state of the file can be met. */
function checkMark(database: DatabaseSync, path: string): void {
  const version = numberOf(database, 'PRAGMA user_version');
  const mark = numberOf(database, 'PRAGMA application_id');
  if (mark === 0 && numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0) {
    database.exec(
      `BEGIN IMMEDIATE; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; ${schema} COMMIT;`,
    );
  } else if (mark !== applicationId) {
    throw foreign(path);
  } else if (version > schemaVersion) {
    const which = `has schema ${version}, and this engine knows ${schemaVersion} at most`;
    throw new CodedError('store_too_new', `The store ${path} ${which}: use a newer engine, or choose another path.`);
  } else if (version < schemaVersion) bringUpToDate(database, version);
}

/** All steps in one transaction: whoever dies in between leaves the file as it was. */
function bringUpToDate(database: DatabaseSync, version: number): void {
  const steps = Array.from({ length: schemaVersion - version }, (_, at) => changesOfSchema[version + 1 + at]);
  database.exec(`BEGIN IMMEDIATE; ${steps.join('')} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
}
