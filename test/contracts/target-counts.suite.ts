import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SlotCount, TargetCounts } from '../../shared/ports/index.ts';

export interface OpenTargetCounts {
  readonly counts: TargetCounts;
  /** The same as another process would meet them at the same time; themselves, where there can be no other. */
  other(): TargetCounts | Promise<TargetCounts>;
  /** The same as a new process would meet them; themselves, when they do not outlive their process. */
  reopen(): TargetCounts | Promise<TargetCounts>;
  close(): void | Promise<void>;
}

/** What every TargetCounts promises. */
export function describeTargetCounts(name: string, open: () => OpenTargetCounts | Promise<OpenTargetCounts>): void {
  describe(`${name} as TargetCounts`, () => {
    let opened: OpenTargetCounts;
    let counts: TargetCounts;

    beforeEach(async () => {
      opened = await open();
      counts = opened.counts;
    });
    afterEach(() => opened.close());

    test('sums are given in the order of their slots, with every key that was counted', async () => {
      await counts.add('a', [slot(7, { first: 2 }), slot(5, { first: 1 })], 0);
      expect(await counts.add('a', [slot(7, { first: 1, retry: 4 })], 0)).toEqual([
        slot(5, { first: 1 }),
        slot(7, { first: 3, retry: 4 }),
      ]);
    });

    test('of a name that nobody has added to there is nothing, and to look counts nothing', async () => {
      expect(await counts.add('a', [], 0)).toEqual([]);
      await counts.add('a', [slot(1, { first: 1 })], 0);
      expect(await counts.add('a', [], 0)).toEqual([slot(1, { first: 1 })]);
      expect(await counts.add('a', [], 0)).toEqual([slot(1, { first: 1 })]);
    });

    test('slots before the one that is asked from are left out', async () => {
      await counts.add('a', [slot(1, { first: 1 }), slot(2, { first: 2 }), slot(3, { first: 3 })], 0);
      expect(await counts.add('a', [slot(1, { first: 9 })], 2)).toEqual([slot(2, { first: 2 }), slot(3, { first: 3 })]);
      expect(await counts.add('a', [], 4)).toEqual([]);
    });

    test('a name that came to nothing is counted on from nothing', async () => {
      await counts.add('a', [slot(1, { first: 1 })], 0);
      expect(await counts.add('a', [slot(1, { first: 1 })], 5)).toEqual([]);
      expect(await counts.add('a', [slot(6, { first: 1 })], 5)).toEqual([slot(6, { first: 1 })]);
    });

    test('counts may be fractions and less than nothing', async () => {
      await counts.add('a', [slot(-3, { worth: 0.25 })], -5);
      expect(await counts.add('a', [slot(-3, { worth: -1 })], -5)).toEqual([slot(-3, { worth: -0.75 })]);
    });

    test('any text is a name or a key, and no two of them are the same', async () => {
      const names = ['http:https://a.example', 'http:https:/', '.', '..', '__a__', 'ü \u{1f6a2}', 'a%2Fb', 'a/b', ''];
      const long = ['x'.repeat(499), `${'x'.repeat(499)}y`, '\u{1f6a2}'.repeat(250)];
      const all = [...names, ...long];
      for (const [at, each] of all.entries()) await counts.add(each, [slot(1, { [each.slice(0, 200)]: at + 1 })], 0);
      counts = await opened.reopen();
      for (const [at, each] of all.entries())
        expect(await counts.add(each, [], 0)).toEqual([slot(1, { [each.slice(0, 200)]: at + 1 })]);
    });

    test('keys that objects know already are keys like others', async () => {
      const awkward = JSON.parse('{"__proto__":1,"constructor":2,"toString":3}') as Record<string, number>;
      await counts.add('a', [slot(1, awkward)], 0);
      const [sum] = await counts.add('a', [slot(1, awkward)], 0);
      expect(JSON.stringify(sum!.counts)).toBe('{"__proto__":2,"constructor":4,"toString":6}');
    });

    test('what was added is there for a new process', async () => {
      await counts.add('a', [slot(1, { first: 3 })], 0);
      counts = await opened.reopen();
      expect(await counts.add('a', [slot(1, { first: 1 })], 0)).toEqual([slot(1, { first: 4 })]);
    });

    test('of adds that are made at the same time each is counted once, and none is stale', async () => {
      const other = await opened.other();
      const adds = Array.from({ length: 12 }, (_, at) =>
        (at % 2 ? other : counts).add('a', [slot(at % 3, { first: 1 })], 0),
      );
      const sums = await Promise.all(adds);
      expect(totalOf(await other.add('a', [], 0))).toBe(12);
      // Each sees itself and one more than whoever came before it.
      expect(sums.map(totalOf).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
    });

    test('who changes what was given later changes nothing', async () => {
      const given = [{ slot: 1, counts: { first: 1 } as Record<string, number> }];
      await counts.add('a', given, 0);
      given[0]!.counts['first'] = 99;
      expect(await counts.add('a', [], 0)).toEqual([slot(1, { first: 1 })]);
    });
  });
}

function slot(number: number, counts: Readonly<Record<string, number>>): SlotCount {
  return { slot: number, counts };
}

function totalOf(sums: readonly SlotCount[]): number {
  return sums.reduce((sum, { counts }) => sum + (counts['first'] ?? 0), 0);
}
