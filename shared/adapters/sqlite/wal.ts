import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { numberOf } from './number-of.ts';

/** The WAL is carried over into the file when it has this many bytes: rarely enough that hot pages are carried once. */
const walBytesMax = 8 * 1024 * 1024;

/** Asking for the size costs a little, so it is asked only so often. */
const groupsPerLook = 16;

/** What a checkpoint forces to the disk: the WAL, the file, and the header of the WAL's next round. */
const fsyncsPerCheckpoint = 3;

/** To be called after each group: carries the WAL over when it is long, outside of every commit. Returns the fsyncs that it cost. */
export function watchWal(database: DatabaseSync): () => number {
  const framesMax = walBytesMax / numberOf(database, 'PRAGMA page_size');
  const look = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  let groups = 0;
  return () => {
    if (++groups % groupsPerLook !== 0) return 0;
    try {
      if (Number(look.get()?.['log']) < framesMax) return 0;
      checkpoint.get();
    } catch {
      // The WAL keeps everything. It is tried again, and commits say so when the WAL itself finds no room.
    }
    return fsyncsPerCheckpoint;
  };
}

/**
 * Fills the WAL with zeros up to the size that it will have. To write over what is there already costs half of what it costs to make a
 * file grow, since the file system has nothing to note down. SQLite takes zeros for the end of the WAL. Without room it is left out.
 */
export function layOutWal(path: string): void {
  const wal = openSync(`${path}-wal`, 'r+');
  const { size } = fstatSync(wal);
  try {
    const zeros = Buffer.alloc(1024 * 1024);
    for (let at = size; at < walBytesMax; at += zeros.length) writeSync(wal, zeros, 0, zeros.length, at);
    fsyncSync(wal);
  } catch {
    ftruncateSync(wal, size);
  } finally {
    closeSync(wal);
  }
}
