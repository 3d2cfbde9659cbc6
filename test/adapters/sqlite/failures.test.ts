import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { storeFailure } from '../../../shared/adapters/sqlite/failures.ts';
import { CodedError } from '../../../shared/core/error.ts';

describe('what the SQLite store makes of a failure', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const database = new DatabaseSync(':memory:');
  beforeAll(() => database.exec('CREATE TABLE one (text TEXT NOT NULL) STRICT'));
  afterAll(() => rmSync(directory, { recursive: true }));

  function thrownBy(act: () => unknown): unknown {
    try {
      act();
    } catch (thrown) {
      return thrown;
    }
    throw new Error('nothing was thrown');
  }

  test.each<[string, () => unknown]>([
    ['SQLite cannot open a file', () => new DatabaseSync(join(directory, 'missing', 'store.db'))],
    ['the system refuses a call', () => readFileSync(directory)],
  ])('when %s, the store is unavailable, and the sentence names it', (_, act) => {
    const thrown = thrownBy(act);
    expect(storeFailure('/data/jobs.db', thrown)).toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('The store /data/jobs.db failed'),
      cause: thrown,
    });
  });

  test.each<[string, () => unknown]>([
    ['a TypeError', () => (undefined as unknown as { length: number }).length],
    ['a RangeError', () => 'x'.repeat(2 ** 30)],
    [
      'a value that cannot be bound',
      () => database.prepare('SELECT ?').get(...([Symbol.iterator] as unknown as string[])),
    ],
    ['a value too big', () => database.prepare('INSERT INTO one VALUES (zeroblob(2000000000))').run()],
    ['a constraint', () => database.prepare('INSERT INTO one VALUES (NULL)').run()],
  ])('%s is a bug of ours that no retry would mend, and comes through as it is', (_, act) => {
    const thrown = thrownBy(act);
    expect(storeFailure('/data/jobs.db', thrown)).toBe(thrown);
  });

  test('what has a code of ours keeps it', () => {
    const ours = new CodedError('page_token_invalid', 'it is none');
    expect(storeFailure('/data/jobs.db', ours)).toBe(ours);
  });
});
