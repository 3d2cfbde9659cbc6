import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bulkheadLimits } from '../../shared/policy/bulkhead/index.ts';
import type { PermitAnswer, PermitEars, Permits, PermitWish } from '../../shared/ports/index.ts';

export interface OpenPermits {
  /** As one process has them, connected. */
  open(): Promise<Permits>;
  /** Until so much time has passed. */
  pass(ms: number): Promise<void>;
  /** Until what is told has been heard. */
  hear(): Promise<void>;
  close(): Promise<void>;
}

const leaseMs = 400;

/** What every store of permits promises. */
export function describePermits(name: string, openStore: () => Promise<OpenPermits>): void {
  describe(name, () => {
    let store: OpenPermits;
    let permits: Permits;
    let pool: string;
    let pools = 0;

    beforeEach(async () => {
      store = await openStore();
      permits = await store.open();
      pool = `pool ${++pools} ${Math.round(performance.now() * 1_000)}`;
    });
    afterEach(() => store.close());

    async function ask(instance: string, wish: Partial<PermitWish> = {}): Promise<PermitAnswer> {
      const [answer] = await permits.ask(instance, [aWish(pool, wish)]);
      return answer!;
    }

    async function listen(instance: string) {
      const heard = { granted: [] as number[], wanted: [] as number[], leftMs: 0 };
      const ears: PermitEars = {
        onGrant(of, numbers, leftMs) {
          if (of !== pool) return;
          heard.granted.push(...numbers);
          heard.leftMs = leftMs;
        },
        onWanted: (of, headMs) => void (of === pool && heard.wanted.push(headMs)),
        onDoubt() {},
        onAway() {},
      };
      permits.watch(instance, ears);
      await store.hear();
      return heard;
    }

    test('P1: permits are given up to the limit, calls beyond are accepted up to the length of the queue, and the rest is rejected', async () => {
      const answer = await ask('a', { limit: 2, queueMost: 3, wanted: 7 });
      expect(answer).toMatchObject({ held: [], rejected: 2, limit: 2, inUse: 2, depth: 3, warmingMs: 0 });
      expect(answer.granted).toHaveLength(2);
      expect(await ask('b', { limit: 2, queueMost: 3, wanted: 1 })).toMatchObject({
        granted: [],
        rejected: 1,
        depth: 3,
      });
    });

    test('P2: each number is greater than all before, with room for the uses of the permit before it', async () => {
      const first = await ask('a', { limit: 3, wanted: 3 });
      const released = first.granted.slice(0, 2);
      const next = await ask('b', { limit: 3, wanted: 2 });
      expect(next.granted).toEqual([]);
      const back = await ask('a', { limit: 3, released, newest: first.newest });
      const given = await ask('b', { limit: 3, waiting: 2, newest: next.newest });
      const numbers = [...first.granted, ...given.granted];
      expect(numbers).toHaveLength(5);
      for (const [at, number] of numbers.slice(1).entries())
        expect(number - numbers[at]!).toBeGreaterThanOrEqual(bulkheadLimits.usesPerPermit);
      expect(back.newest).toBe(numbers[4]);
    });

    test('P3: what is released goes to the instance whose first waiter has the least rank, which is told at once', async () => {
      const [hearsLate, hearsFirst] = [await listen('late'), await listen('first')];
      const { granted, newest } = await ask('a', { wanted: 1 });
      await ask('late', { wanted: 1, headMs: 5_000 });
      await ask('first', { wanted: 1, headMs: -200 });
      expect(await ask('a', { released: granted, newest })).toMatchObject({ inUse: 1, depth: 1 });
      await store.hear();
      expect(hearsFirst.granted).toHaveLength(1);
      expect(hearsFirst.leftMs).toBeLessThanOrEqual(leaseMs);
      expect(hearsFirst.leftMs).toBeGreaterThan(leaseMs / 2);
      expect(hearsLate.granted).toEqual([]);
    });

    test('P3: a permit of which an instance was told by nobody is in its next answers, until it says that it knows', async () => {
      const { granted, newest } = await ask('a', { wanted: 1 });
      await ask('b', { wanted: 1 });
      await ask('a', { released: granted, newest });
      const told = await ask('b', {});
      expect(told.granted).toHaveLength(1);
      expect((await ask('b', {})).granted).toEqual(told.granted);
      const known = await ask('b', { newest: told.newest, renewed: told.granted });
      expect(known).toMatchObject({ granted: [], held: told.granted });
    });

    test('P3: a permit whose answer was lost is given again, and is not counted twice', async () => {
      const lost = await ask('a', { limit: 2, wanted: 1 });
      const again = await ask('a', { limit: 2, wanted: 1 });
      expect(again.inUse).toBe(2);
      expect(again.granted).toContain(lost.granted[0]);
    });

    test('P3: of who gets several the further ones are taken to stand evenly between its first and now', async () => {
      const first = await ask('a', { limit: 3, wanted: 3 });
      await ask('many', { limit: 3, wanted: 4, headMs: -400 });
      await ask('one', { limit: 3, wanted: 1, headMs: -150 });
      await ask('a', { limit: 3, released: first.granted, newest: first.newest });
      expect((await ask('many', { limit: 3, waiting: 2 })).granted).toHaveLength(3);
      expect((await ask('one', { limit: 3, waiting: 1 })).granted).toEqual([]);
      const last = await ask('a', { limit: 3, wanted: 0 });
      expect(last).toMatchObject({ inUse: 3, depth: 3 });
    });

    test('P1: a lease that was not renewed ends, and what it was goes to who waits', async () => {
      const { granted, newest } = await ask('a', { wanted: 1 });
      const waits = await ask('b', { wanted: 1 });
      expect(waits.granted).toEqual([]);
      expect(waits.nextFreeMs).toBeGreaterThan(leaseMs / 2);
      expect(waits.nextFreeMs).toBeLessThanOrEqual(leaseMs);
      await store.pass(waits.nextFreeMs! + 2);
      expect((await ask('b', { waiting: 1 })).granted).toHaveLength(1);
      expect(await ask('a', { renewed: granted, newest })).toMatchObject({ held: [], inUse: 1 });
    });

    test('P1: a lease that is renewed holds', async () => {
      const { granted, newest } = await ask('a', { wanted: 1 });
      for (let times = 0; times < 3; times++) {
        await store.pass(leaseMs / 2);
        expect((await ask('a', { renewed: granted, newest })).held).toEqual(granted);
      }
      expect((await ask('b', { wanted: 1 })).granted).toEqual([]);
    });

    test('P1: nobody releases or renews what another one holds', async () => {
      const { granted } = await ask('a', { wanted: 1 });
      expect(await ask('b', { released: granted, renewed: granted })).toMatchObject({ held: [], inUse: 1 });
    });

    test('P1: of a limit that went down nothing is given until so many have come back', async () => {
      const { granted, newest } = await ask('a', { limit: 3, wanted: 3 });
      expect(await ask('a', { limit: 1, wanted: 1, newest })).toMatchObject({ granted: [], limit: 1, inUse: 3 });
      await ask('a', { limit: 1, waiting: 1, released: granted.slice(0, 2), newest });
      expect(await ask('a', { limit: 1, waiting: 1, newest })).toMatchObject({ granted: [], inUse: 1 });
      expect((await ask('a', { limit: 1, waiting: 1, released: granted.slice(2), newest })).granted).toHaveLength(1);
    });

    test('the least limit holds that anybody said within a lease', async () => {
      await ask('a', { limit: 2 });
      expect((await ask('b', { limit: 5 })).limit).toBe(2);
      await store.pass(leaseMs / 2);
      await ask('b', { limit: 5 });
      await store.pass(leaseMs / 2 + 5);
      expect((await ask('b', { limit: 5 })).limit).toBe(5);
    });

    test('of limits that are measured the lower median holds, whatever a single instance says', async () => {
      for (const [instance, limit] of [
        ['a', 1],
        ['b', 20],
        ['c', 22],
        ['d', 24],
      ] as const)
        await ask(instance, { limit, isMeasured: true });
      expect((await ask('a', { limit: 1, isMeasured: true })).limit).toBe(20);
    });

    test('P4: nobody who was accepted is rejected, though the queue has become shorter', async () => {
      await ask('a', { limit: 1, queueMost: 5, wanted: 4 });
      expect(await ask('a', { limit: 1, queueMost: 1, waiting: 3, wanted: 2 })).toMatchObject({
        rejected: 2,
        depth: 3,
      });
    });

    test('P4: who was silent for a lease waits for nothing, and does not stand in the way', async () => {
      const { granted, newest } = await ask('a', { queueMost: 2, wanted: 1 });
      await ask('gone', { queueMost: 2, wanted: 2, headMs: -5_000 });
      await store.pass(leaseMs / 2);
      expect((await ask('a', { renewed: granted, newest })).depth).toBe(2);
      await store.pass(leaseMs / 2 + 5);
      expect((await ask('b', { queueMost: 2, wanted: 2 })).rejected).toBe(0);
      await ask('a', { released: granted, newest });
      expect((await ask('b', { waiting: 2 })).granted).toHaveLength(1);
    });

    test('whoever holds anything hears that somebody waits, and an answer tells the rank of the first one elsewhere', async () => {
      const hears = await listen('a');
      await ask('a', { wanted: 1 });
      await store.hear();
      expect(hears.wanted).toEqual([]);
      await ask('b', { wanted: 1, headMs: -100 });
      await ask('b', { waiting: 1, headMs: -100 });
      await store.hear();
      expect(hears.wanted).toEqual([-100]);
      const { othersHeadMs } = await ask('a', {});
      expect(othersHeadMs).toBeLessThanOrEqual(-95);
      expect(othersHeadMs).toBeGreaterThan(-leaseMs);
      await ask('b', { waiting: 1, wanted: 1, headMs: -5_000 });
      await store.hear();
      expect(hears.wanted).toEqual([-100, -5_000]);
      expect((await ask('b', { waiting: 2, headMs: -5_000 })).othersHeadMs).toBeUndefined();
    });

    test('permits to keep at hand are given where nobody waits', async () => {
      expect((await ask('a', { limit: 2, spare: 5 })).granted).toHaveLength(2);
      await ask('b', { limit: 2, wanted: 1 });
      expect((await ask('c', { limit: 5, spare: 1 })).granted).toEqual([]);
    });

    test('what was taken while the store was away is counted, even beyond the limit', async () => {
      await ask('a', { limit: 2, wanted: 2 });
      const answer = await ask('b', { limit: 2, adopted: [7, 8], wanted: 1 });
      expect(answer).toMatchObject({ granted: [], held: [7, 8], inUse: 4 });
    });

    test('P5: a store that knows nothing of a pool that others know gives nothing for a lease, and takes on what is held', async () => {
      const before = 9_000_000_000_000_000 - 1_000_000;
      const first = await ask('a', { limit: 2, wanted: 1, renewed: [before - 64], newest: before });
      expect(first).toMatchObject({ granted: [], held: [before - 64], inUse: 1, depth: 1 });
      expect(first.warmingMs).toBeGreaterThan(leaseMs / 2);
      expect(await ask('b', { limit: 2, wanted: 1 })).toMatchObject({ granted: [], depth: 2 });
      await store.pass(leaseMs / 2);
      await ask('b', { limit: 2, waiting: 1, headMs: -leaseMs });
      await ask('a', { limit: 2, waiting: 1, renewed: [before - 64], newest: before });
      await store.pass(leaseMs / 2 + 5);
      const [after] = (await ask('b', { limit: 2, waiting: 1, headMs: -leaseMs })).granted;
      expect(after).toBeGreaterThan(before);
    });

    test('several pools are asked for at once, and have nothing to do with each other', async () => {
      const wishes = [aWish(`${pool} x`, { wanted: 1 }), aWish(`${pool} y`, { wanted: 2 })];
      const answers = await permits.ask('a', wishes);
      expect(answers.map((answer) => [answer.pool, answer.granted.length, answer.depth])).toEqual([
        [`${pool} x`, 1, 0],
        [`${pool} y`, 1, 1],
      ]);
    });

    test('people are told of all pools that were asked for lately, and instances how many there are', async () => {
      const other = await store.open();
      const first = await ask('a', { limit: 2, queueMost: 9, wanted: 4 });
      expect(first.instances).toBeGreaterThanOrEqual(1);
      const [second] = await other.ask('zz', [aWish(pool, { limit: 2, queueMost: 9 })]);
      expect(second!.instances).toBeGreaterThanOrEqual(2);
      expect(second!.place).toBeGreaterThanOrEqual(1);
      const uses = await permits.readAll();
      expect(uses.find((use) => use.pool === pool)).toEqual({
        pool,
        limit: 2,
        queueMost: 9,
        inUse: 2,
        depth: 2,
        instances: 2,
      });
    });
  });
}

export function aWish(pool: string, wish: Partial<PermitWish> = {}): PermitWish {
  return {
    pool,
    limit: 1,
    isMeasured: false,
    queueMost: 10,
    leaseMs,
    released: [],
    renewed: [],
    adopted: [],
    newest: 0,
    wanted: 0,
    waiting: 0,
    wasAway: false,
    spare: 0,
    ...wish,
  };
}
