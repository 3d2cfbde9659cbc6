import { describe, expect, test } from '@jest/globals';
import {
  chunkName,
  idOf,
  jobPath,
  parcelPath,
  shardOf,
  shardsMost,
  sizes,
} from '../../../shared/adapters/firestore/layout.ts';
import { createTextCache } from '../../../shared/adapters/firestore/text-cache.ts';
import { inParts } from '../../../shared/adapters/firestore/texts.ts';

describe("Firestore's layout", () => {
  test.each(['job-1', 'a/b', '.', '..', '__x__', 'ü %2F', '.hidden', '__half'])(
    'an id ("%s") is one segment of a path that Firestore takes, and comes back',
    (id) => {
      const segment = jobPath(id).slice('breakwater-jobs/'.length);
      expect(segment).not.toMatch(/\/|^\.\.?$|^__.*__$/);
      expect([idOf(jobPath(id)), idOf(parcelPath('job', id))]).toEqual([id, id]);
    },
  );

  test('chunks sort by name as by number', () => {
    const numbers = [9, 10, 99, 1_000, 50_000_000];
    expect(numbers.map(chunkName).toSorted()).toEqual(numbers.map(chunkName));
  });

  test('jobs spread evenly over the shards', () => {
    const counts = Array<number>(shardsMost).fill(0);
    for (let at = 0; at < 8_000; at++) counts[shardOf(`01kajf6n${at.toString(32)}`)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });

  test.each([
    ['ASCII', 'x'.repeat(2_000_000), 3],
    ['characters of two to four bytes', `x${'é€\u{1f6a2}'.repeat(200_000)}`, 3],
    ['a text that just fits', 'x'.repeat(sizes.part), 1],
    ['nothing', '', 1],
  ])('a text of %s is cut between characters, into parts that fit', (_, text, count) => {
    const parts = inParts(text);
    expect(parts.length).toBe(count);
    expect(parts.join('') === text).toBe(true);
    expect(Math.max(...parts.map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(sizes.part);
  });
});

describe('texts kept at hand', () => {
  test('the least lately used goes when there is no more room', () => {
    const cache = createTextCache(44);
    for (const name of ['a', 'b', 'c', 'd']) cache.put(name, name.repeat(10));
    cache.get('a');
    cache.put('e', 'e'.repeat(10));
    expect(['a', 'b', 'c', 'd', 'e'].map((name) => cache.get(name) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  test('texts without a character take room, too', () => {
    const cache = createTextCache(40);
    for (let at = 10; at < 99; at++) cache.put(`text-${at}`, '');
    expect([cache.get('text-92'), cache.get('text-98')]).toEqual([undefined, '']);
  });

  test('a text put twice counts once, and one too large for the room is not kept', () => {
    const cache = createTextCache(40);
    for (let at = 0; at < 10; at++) cache.put('a', 'x'.repeat(10));
    cache.put('b', 'x'.repeat(10));
    cache.put('huge', 'x'.repeat(11));
    expect([cache.get('a')?.length, cache.get('b')?.length, cache.get('huge')]).toEqual([10, 10, undefined]);
  });
});
