import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLine, type PriorityClass, priorityClasses, type Waiter } from '../../../shared/policy/bulkhead/index.ts';

const ageMs = 10;
const priority = fc.constantFrom(...priorityClasses);
const never = () => {
  throw new Error('nobody is to be dropped');
};
const place = (each: PriorityClass) => priorityClasses.indexOf(each);

/** Everybody's arrival, and then one turn every so many milliseconds. Gives who overtook whom, in order of the turns. */
function serve(
  comers: readonly { gapMs: number; priority: PriorityClass; tenant?: string }[],
  turnMs: number,
  seen: (taken: Waiter<number>, left: readonly Waiter<number>[]) => void,
) {
  const line = createLine<number>({ queueMost: 1_000, ageMs }, never);
  const waiting = new Set<Waiter<number>>();
  let nextTurn = 0;
  let now = 0;
  const turnsUntil = (at: number) => {
    for (; nextTurn <= at; nextTurn += turnMs) {
      const taken = line.take(nextTurn);
      if (!taken) continue;
      waiting.delete(taken);
      seen(taken, [...waiting]);
    }
  };
  for (const [work, { gapMs, priority, tenant }] of comers.entries()) {
    now += gapMs;
    turnsUntil(now);
    waiting.add(line.join({ work, priority, tenant }, now) as Waiter<number>);
  }
  turnsUntil(now + turnMs * (comers.length + 1));
  expect(waiting.size).toBe(0);
}

describe('the bound against starving', () => {
  test('with one tenant, nobody is overtaken by who came more than ageMs later for each class between them', () => {
    const comers = fc.array(fc.record({ gapMs: fc.nat(12), priority }), { maxLength: 60 });
    let furthest = 0;
    fc.assert(
      fc.property(comers, fc.integer({ min: 1, max: 15 }), (all, turnMs) => {
        serve(all, turnMs, (taken, left) => {
          for (const each of left) {
            const behindMs = taken.arrival - each.arrival;
            furthest = Math.max(furthest, behindMs);
            expect(behindMs).toBeLessThanOrEqual(Math.max(0, place(each.priority) - place(taken.priority)) * ageMs);
          }
        });
      }),
      { numRuns: 500 },
    );
    // It is reached: what is low is overtaken for just 3 * ageMs.
    expect(furthest).toBeGreaterThan(2 * ageMs);
    expect(furthest).toBeLessThanOrEqual(3 * ageMs);
  });

  test('with several tenants, another class gets a turn only by an elder who waits there', () => {
    const tenant = fc.constantFrom('a', 'b', 'c');
    const comers = fc.array(fc.record({ gapMs: fc.nat(12), priority, tenant }), { maxLength: 60 });
    fc.assert(
      fc.property(comers, fc.integer({ min: 1, max: 15 }), (all, turnMs) => {
        serve(all, turnMs, (taken, left) => {
          const elder = Math.min(
            ...[taken, ...left].filter((each) => each.priority === taken.priority).map(({ arrival }) => arrival),
          );
          for (const each of left)
            expect(elder + place(taken.priority) * ageMs).toBeLessThanOrEqual(
              each.arrival + place(each.priority) * ageMs,
            );
        });
      }),
    );
  });

  test('with k tenants, another class has at most k * (n + 1) turns before it, where no tenant has more than n elders there', () => {
    const tenant = fc.constantFrom('a', 'b', 'c');
    const comers = fc.array(fc.record({ gapMs: fc.nat(5), priority, tenant }), { minLength: 20, maxLength: 50 });
    let mostTurns = 0;
    fc.assert(
      fc.property(comers, fc.integer({ min: 4, max: 15 }), (all, turnMs) => {
        const seen = new Map<string, { turns: number; tenants: Set<string>; elders: Set<Waiter<number>> }>();
        serve(all, turnMs, (taken, left) => {
          for (const each of left)
            for (const other of [taken, ...left].filter((one) => one.priority !== each.priority)) {
              const key = `${each.work} ${other.priority}`;
              const beside = seen.get(key) ?? { turns: 0, tenants: new Set(), elders: new Set() };
              seen.set(key, beside);
              beside.tenants.add(other.tenant);
              if (other === taken) beside.turns++;
              const isElder =
                other.arrival + place(other.priority) * ageMs <= each.arrival + place(each.priority) * ageMs;
              if (isElder) beside.elders.add(other);
            }
        });
        for (const { turns, tenants, elders } of seen.values()) {
          const counts = [...tenants].map((name) => [...elders].filter((one) => one.tenant === name).length);
          const most = Math.max(...counts);
          mostTurns = Math.max(mostTurns, turns);
          expect(turns).toBeLessThanOrEqual(most === 0 ? 0 : tenants.size * (most + 1));
        }
      }),
      { numRuns: 60 },
    );
    expect(mostTurns).toBeGreaterThan(4);
  });

  test('of several tenants in its class, each other one gets at most one turn more than its own until it has its turn', () => {
    const tenant = fc.constantFrom('a', 'b', 'c', 'd');
    const comers = fc.array(fc.record({ gapMs: fc.nat(3), tenant }), { maxLength: 80 });
    fc.assert(
      fc.property(comers, fc.integer({ min: 1, max: 10 }), (all, turnMs) => {
        const turns = new Map<Waiter<number>, Map<string, number>>();
        const normal = all.map((each) => ({ ...each, priority: 'normal' as const }));
        serve(normal, turnMs, (taken, left) => {
          for (const each of [taken, ...left]) {
            const had = turns.get(each) ?? new Map<string, number>();
            turns.set(each, had.set(taken.tenant, (had.get(taken.tenant) ?? 0) + 1));
          }
          const had = turns.get(taken)!;
          for (const [other, count] of had)
            if (other !== taken.tenant) expect(count).toBeLessThanOrEqual(had.get(taken.tenant)! + 1);
        });
      }),
      { numRuns: 300 },
    );
  });
});
