import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLine, priorityClasses, rankOf, type Waiter } from '../../../shared/policy/bulkhead/index.ts';
import { naiveLine } from './line-oracle.ts';

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      priority: fc.constantFrom(...priorityClasses),
      tenant: fc.constantFrom('', 'a', 'b', 'heavy'),
      withinMs: fc.option(fc.nat(60)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), expectedMs: fc.constantFrom(0, 0, 0, 10) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(30) }) },
);

const queueMost = 12;
const weights = { heavy: 2 };

describe('a line', () => {
  test('L1, L2, L3: does in every step what a naive one would, whoever joins, leaves, is late or is taken', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.array(step, { maxLength: 120 }), (ageMs, steps) => {
        const dropped: string[] = [];
        const line = createLine<number>({ queueMost, ageMs, weights }, ({ work }, why) =>
          dropped.push(`${work} ${why}`),
        );
        const naive = naiveLine(ageMs, weights);
        const all: Waiter<number>[] = [];
        const expected: string[] = [];
        let now = 0;

        const expectDrop = (waiter: Waiter<number>, why: string) => {
          naive.remove(waiter);
          expected.push(`${waiter.work} ${why}`);
        };
        const expectLateDropped = () => {
          const late = naive.waiting.filter(({ deadline }) => deadline <= now);
          for (const each of late.sort((a, b) => a.deadline - b.deadline)) expectDrop(each, 'deadline_passed');
        };

        for (const each of steps) {
          if (each.kind === 'pass') now += each.ms;
          if (each.kind === 'join') {
            const { priority, tenant, withinMs } = each;
            const deadline = withinMs === null ? undefined : now + withinMs;
            const joined = line.join({ work: all.length, priority, tenant, deadline }, now);
            if (withinMs === 0) expect(joined).toBe('deadline_passed');
            else {
              if (naive.waiting.length >= queueMost) expectLateDropped();
              if (naive.waiting.length >= queueMost) expect(joined).toBe('queue_full');
              else {
                expect(joined).toMatchObject({ work: all.length, priority, tenant, arrival: now, isWaiting: true });
                all.push(joined as Waiter<number>);
                naive.join(joined as Waiter<number>);
              }
            }
          }
          if (each.kind === 'leave' && all.length > 0) {
            const waiter = all[each.which % all.length]!;
            const isWaiting = naive.waiting.includes(waiter);
            expect(waiter.isWaiting).toBe(isWaiting);
            expect(line.leave(waiter)).toBe(isWaiting);
            if (isWaiting) naive.remove(waiter);
          }
          if (each.kind === 'take') {
            const before = dropped.length;
            const taken = line.take(now, each.expectedMs);
            expectLateDropped();
            // Where tenants are level, which of them the line prefers is seen from what it did.
            for (const told of dropped.slice(before)) {
              if (!told.endsWith('deadline_unmeetable')) continue;
              const waiter = all[Number.parseInt(told, 10)]!;
              expect(naive.candidates()).toContain(waiter);
              expect(now + each.expectedMs).toBeGreaterThan(waiter.deadline);
              expectDrop(waiter, 'deadline_unmeetable');
            }
            if (taken === undefined) expect(naive.waiting).toEqual([]);
            else {
              expect(naive.candidates()).toContain(taken);
              expect(now + each.expectedMs).toBeLessThanOrEqual(taken.deadline);
              naive.serve(taken);
            }
          }
          expect(line.depth).toBe(naive.waiting.length);
          for (const priority of priorityClasses)
            expect(line.waiting(priority)).toBe(naive.waiting.filter((one) => one.priority === priority).length);
          expect([...dropped].sort()).toEqual([...expected].sort());
        }
        expectLateDropped();
        const ranks = naive.waiting.map(({ arrival, priority }) => rankOf(arrival, priority, ageMs));
        expect(line.head(now)).toBe(ranks.length === 0 ? undefined : Math.min(...ranks));
        const deadlines = naive.waiting.map(({ deadline }) => deadline).filter(Number.isFinite);
        expect(line.nextDeadline()).toBe(deadlines.length === 0 ? undefined : Math.min(...deadlines));
      }),
      { numRuns: 500 },
    );
  });
});
