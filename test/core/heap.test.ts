import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Heap } from '../../shared/core/heap.ts';

describe('the heap', () => {
  test('whatever is put, moved and taken out, the least comes first', () => {
    const acts = fc.array(
      fc.tuple(fc.constantFrom('put', 'move', 'remove', 'pop'), fc.nat({ max: 50 }), fc.nat({ max: 1_000 })),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(acts, (all) => {
        const heap = new Heap<{ place: number; rank: number }>((a, b) => a.rank < b.rank);
        const kept: { place: number; rank: number }[] = [];
        for (const [act, at, rank] of all) {
          const item = kept[at % Math.max(1, kept.length)];
          if (act === 'put') {
            kept.push({ place: -1, rank });
            heap.put(kept.at(-1)!);
          } else if (act === 'move' && item) {
            item.rank = rank;
            heap.put(item);
          } else if (act === 'remove' && item) {
            heap.remove(item);
            heap.remove(item);
            kept.splice(kept.indexOf(item), 1);
          } else if (act === 'pop') {
            const least = heap.pop();
            expect(least?.rank).toBe(kept.length === 0 ? undefined : Math.min(...kept.map((each) => each.rank)));
            if (least) kept.splice(kept.indexOf(least), 1);
          }
          expect(heap.size).toBe(kept.length);
        }
        const rest = kept.map((each) => each.rank).sort((a, b) => a - b);
        expect(rest.map(() => heap.pop()?.rank)).toEqual(rest);
      }),
    );
  });
});
