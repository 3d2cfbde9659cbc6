import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * What the machine gives without an engine: plain SQLite commits, WAL with `synchronous=FULL`, each forced to the disk.
 * `own` leaves everything else as SQLite has it. `store` has the page size and the WAL of our store, which is filled with zeros
 * beforehand: a force costs less when the file doesn't grow.
 */
export type Layout = 'own' | 'store';

export interface RawCommits {
  /** `commits` transactions one after the other: a new row of that many characters, then changes of that row. */
  commitRow(commits: number, chars: number): void;
  /** One transaction that adds these rows. */
  commitRows(rows: number, chars: number): void;
  close(): void;
}

export function openRawCommits(path: string, layout: Layout): RawCommits {
  const database = new DatabaseSync(path);
  if (layout === 'store') database.exec('PRAGMA page_size = 16384; PRAGMA locking_mode = EXCLUSIVE;');
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT);',
  );
  if (layout === 'store') fillWithZeros(`${path}-wal`);
  const insert = database.prepare('INSERT INTO row (body) VALUES (?)');
  const change = database.prepare('UPDATE row SET body = ? WHERE id = ?');
  let digit = 0;
  const body = (chars: number) => String(++digit % 10).repeat(chars);

  return {
    commitRow(commits, chars) {
      const { lastInsertRowid } = insert.run(body(chars));
      for (let more = 1; more < commits; more++) change.run(body(chars), lastInsertRowid);
    },
    commitRows(rows, chars) {
      database.exec('BEGIN');
      for (let row = 0; row < rows; row++) insert.run(body(chars));
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}

const walMiB = 16;

function fillWithZeros(path: string): void {
  const wal = openSync(path, 'r+');
  const zeros = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < walMiB; at++) writeSync(wal, zeros, 0, zeros.length, at * zeros.length);
  fsyncSync(wal);
  closeSync(wal);
}
