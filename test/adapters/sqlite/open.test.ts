import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteStore, type SqliteJobStore } from '../../../shared/adapters/sqlite/job-store.ts';
import { codeOf, messageOf } from '../../../shared/core/error.ts';
import { aJob } from '../../support/a-job.ts';

/** Takes back what the third schema has brought. */
const toThird = `
  DROP TABLE guard;
  DROP TABLE guard_line;
  DROP TABLE breaker_last;
`;

const toSecond = `
  ${toThird}
  DROP TABLE target_count;
  DROP TABLE batch;
  DROP TABLE batch_chunk;
  DROP TABLE recovery;
  DROP INDEX job_by_failure;
  ALTER TABLE job DROP COLUMN failure_code;
`;

describe('opening an SQLite store', () => {
  let directory: string;
  let path: string;
  let store: SqliteJobStore | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
    path = join(directory, 'store.db');
  });
  afterEach(() => {
    store?.close();
    store = undefined;
    rmSync(directory, { recursive: true });
  });

  function refusalOf(open: () => SqliteJobStore): { code: string; message: string } {
    try {
      store = open();
    } catch (thrown) {
      return { code: codeOf(thrown), message: messageOf(thrown) };
    }
    return { code: 'opened', message: '' };
  }

  function child(...args: string[]) {
    const script = join(import.meta.dirname, 'open-store.ts');
    // Nobody may write what root may: a test run as root asks as somebody else.
    const as = process.getuid?.() === 0 && args[1] === 'asNobody' ? { uid: 65_534, gid: 65_534 } : {};
    return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
      ...as,
      encoding: 'utf8',
    });
  }

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('where no directory can be made, opening ends with a sentence', () => {
    expect(() => openSqliteStore('/proc/nowhere/store.db')).toThrow(/\/proc\/nowhere/);
  });

  test('a missing directory is made, for this user alone', () => {
    path = join(directory, 'data', 'deep', 'store.db');
    store = openSqliteStore(path);
    expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'data', 'deep')).mode & 0o777).toBe(0o700);
  });

  test('an empty file becomes a store', async () => {
    writeFileSync(path, '');
    store = openSqliteStore(path);
    expect(await store.create(aJob().build(), [])).toEqual({ kind: 'created' });
  });

  test('a second store on the same file is refused in the same process, and the first one goes on', async () => {
    store = openSqliteStore(path);
    expect(() => openSqliteStore(path)).toThrow(expect.objectContaining({ code: 'store_in_use' }));
    expect(child(path).stdout).toContain('store_in_use');
    expect(await store.create(aJob().build(), [])).toEqual({ kind: 'created' });
  });

  test('a second store on the same file is refused in another process, with a sentence, until the first is closed', () => {
    store = openSqliteStore(path);
    const refused = child(path);
    expect(refused.stdout).toBe(
      `store_in_use: The store ${path} is open in another engine: stop that one, or give this one a store of its own.\n`,
    );
    store.close();
    expect(child(path).stdout).toBe('opened\n');
  });

  test.each([
    ['a text', Buffer.from('hello, I am a letter and no database\n'.repeat(50))],
    ['a few bytes', Buffer.from('hi')],
    ['zeros', Buffer.alloc(50_000)],
  ])('a file that is no database (%s) is refused and left as it is', (_, bytes) => {
    writeFileSync(path, bytes);
    const { code, message } = refusalOf(() => openSqliteStore(path));
    expect(code).toBe('store_damaged');
    expect(message).toContain(path);
    expect(readFileSync(path)).toEqual(bytes);
    expect(readdirSync(directory)).toEqual(['store.db']);
  });

  test('a store whose pages are overwritten is refused', () => {
    openSqliteStore(path).close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 100);
    writeFileSync(path, bytes);
    expect(refusalOf(() => openSqliteStore(path)).code).toBe('store_damaged');
  });

  test.each(['DELETE', 'WAL'])('a database of another program (%s) is refused and left as it is', (mode) => {
    const other = new DatabaseSync(path);
    other.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);`);
    if (mode === 'DELETE') other.close();
    const before = readFileSync(path);
    const files = readdirSync(directory);
    expect(refusalOf(() => openSqliteStore(path))).toEqual({
      code: 'store_foreign',
      message: `The store ${path} is a database of another program: choose another path.`,
    });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory)).toEqual(files);
    if (mode === 'WAL') other.close();
  });

  test('a store of a newer schema is refused and left as it is', () => {
    openSqliteStore(path).close();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const { code, message } = refusalOf(() => openSqliteStore(path));
    expect(code).toBe('store_too_new');
    expect(message).toMatch(/has schema 99, and this engine knows 4 at most: use a newer engine/);
  });

  test.each([
    [1, `DROP TABLE policy; ${toSecond} PRAGMA user_version = 1`],
    [2, `${toSecond} PRAGMA user_version = 2`],
    [3, `${toThird} PRAGMA user_version = 3`],
  ])('a store of schema %i is brought up to date, with what is in it', async (_, toOlder) => {
    const older = openSqliteStore(path);
    await older.create(aJob().build(), []);
    const failure = { code: 'http_503', message: 'closed' };
    await older.create(aJob('job-2').withHeader({ state: 'failed', endedAt: 5, failure }).build(), []);
    older.close();
    const file = new DatabaseSync(path);
    file.exec(toOlder);
    file.close();
    store = openSqliteStore(path);
    expect(await store.load('job-1')).toMatchObject({ id: 'job-1' });
    const draft = { body: {}, at: 1, by: 'ada' };
    expect(await store.policies.create('retry', 'careful', draft)).toMatchObject({ kind: 'written' });
    await store.counts.add('a', [{ slot: 1, counts: { calls: 2 } }], 0);
    expect(await store.list({ size: 5, failureCode: 'http_503' })).toMatchObject({ jobs: [{ jobId: 'job-2' }] });
    expect(await store.batches.list({ size: 5 })).toEqual({ batches: [] });
    expect(await store.recoveries.list({ size: 5 })).toEqual({ recoveries: [] });
    expect(await store.guards.lastTransitions()).toEqual([]);
    expect(await store.guards.readAll()).toEqual({ breakers: [], bulkheads: [] });
    expect(await store.guards.readLines('breaker', 'a', 5)).toEqual({ lines: [] });
    store.close();
    store = openSqliteStore(path);
    expect(await store.counts.add('a', [], 0)).toEqual([{ slot: 1, counts: { calls: 2 } }]);
    expect(await store.policies.get('retry', 'careful')).toMatchObject({ version: 1 });
  });

  test('a directory that cannot be written is refused', () => {
    chmodSync(directory, 0o555);
    const { stdout } = child(path, 'asNobody');
    expect(stdout).toBe(
      `store_read_only: The store ${path} cannot be written: make the file and its directory writable for this user, or choose another path.\n`,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a file that cannot be written is refused', () => {
    openSqliteStore(path).close();
    chmodSync(directory, 0o777);
    chmodSync(path, 0o444);
    expect(child(path, 'asNobody').stdout).toContain('store_read_only');
  });

  test('a directory in the place of the file is refused', () => {
    mkdirSync(path);
    expect(refusalOf(() => openSqliteStore(path)).code).toBe('store_unavailable');
  });

  test('a file in the place of the directory is refused', () => {
    writeFileSync(join(directory, 'data'), '');
    const { code, message } = refusalOf(() => openSqliteStore(join(directory, 'data', 'store.db')));
    expect([code, message]).toEqual(['store_unavailable', expect.stringContaining('check the path')]);
  });

  test('a closed store says so', async () => {
    const closed = openSqliteStore(path);
    closed.close();
    closed.close();
    await expect(closed.load('job-1')).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(closed.create(aJob().build(), [])).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(closed.policies.get('retry', 'careful')).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(closed.recoveries.get('a')).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(closed.batches.get('a')).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(closed.counts.add('a', [], 0)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
