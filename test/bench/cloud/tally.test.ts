import { describe, expect, test } from '@jest/globals';
import { billedBytes, differencesOf, kindOfWrite, noTally } from './tally.ts';

describe('a tally', () => {
  test('says where the store tells of something else than went over the wire', () => {
    const same = { ...noTally, reads: 3, storeReads: 3, writes: 9, storeWrites: 9, commits: 7, storeCommits: 7 };
    expect(differencesOf(same)).toEqual([]);
    expect(differencesOf({ ...same, writes: 10, storeCommits: 6 })).toEqual([
      'the store tells of 9 writes, and 10 went over the wire',
      'the store tells of 6 commits, and 7 went over the wire',
    ]);
  });

  test('knows a write by its path', () => {
    const root = 'projects/p/databases/(default)/documents';
    const kinds = [
      'breakwater-jobs/j',
      'breakwater-jobs/j/breakwater-pages/3',
      'breakwater-jobs/j/breakwater-parcels/1-0',
      'breakwater-keys/k',
      'limit/writer-1',
    ];
    expect(kinds.map((path) => kindOfWrite(`${root}/${path}`))).toEqual([
      'jobWrites',
      'pageWrites',
      'parcelWrites',
      'keyWrites',
      'otherWrites',
    ]);
  });

  test('short messages are charged as 1,000 bytes for each call that publishes and each push, long ones as they are', () => {
    expect(billedBytes({ ...noTally, messages: 10, publishCalls: 2, publishedBytes: 1_500 })).toBe(10_000 + 2_000);
    expect(billedBytes({ ...noTally, messages: 1, publishCalls: 1, publishedBytes: 7_000 })).toBe(14_000);
  });
});
