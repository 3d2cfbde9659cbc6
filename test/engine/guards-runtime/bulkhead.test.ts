import { describe, expect, test } from '@jest/globals';
import { createMemoryPermits } from '../../../shared/adapters/memory/permits.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import type { BulkheadPermit } from '../../../shared/engine/guards/bulkhead-permit.ts';
import type { BulkheadRejection } from '../../../shared/engine/guards/bulkhead-rejection.ts';
import { createBulkheads } from '../../../shared/engine/guards/bulkheads.ts';
import type { GuardEvent } from '../../../shared/engine/guards/guard-events.ts';
import { defaultBulkheadRules } from '../../../shared/policy/bulkhead/index.ts';
import type { PermitEars, Permits } from '../../../shared/ports/index.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { createPermitWorld, createProcess } from './permit-world.ts';

type Answer = BulkheadPermit | BulkheadRejection;

function aHouse<Time extends Clock = HandClock>(
  permits?: Permits,
  instance = 'a',
  clock = handClock() as Clock as Time,
) {
  const events: GuardEvent[] = [];
  const bulkheads = createBulkheads({
    clock,
    instance,
    ...(permits && { permits }),
    rulesOf: () => defaultBulkheadRules,
    tell: (event) => void events.push(event),
    report() {},
  });
  return { bulkheads, clock, events };
}

function permitOf(answer: Answer): BulkheadPermit {
  if (answer.kind === 'refused') throw new Error(answer.message);
  return answer;
}

const record = (name: string, spec: object) => ({ name, revision: 3, spec, changedAt: 0, changedBy: 'operator:eve' });

describe('a bulkhead of one process', () => {
  test('lets calls through up to its limit, has some wait, and tells the others pool, depth and when to come again', async () => {
    const { bulkheads, clock } = aHouse();
    const pool = bulkheads.bulkhead('vectors', { limit: 1, queueMost: 1 });
    const first = permitOf(await pool.acquire());
    const second = pool.acquire();
    const third = (await pool.acquire()) as BulkheadRejection;
    expect(third).toMatchObject({
      kind: 'refused',
      because: 'bulkheadFull',
      name: 'vectors',
      limit: 1,
      inUse: 1,
      depth: 1,
    });
    expect(third.message).toBe(
      'bulkhead vectors is full: 1 of 1 permits are out and 1 of 1 places in the queue are taken; ask again in 200 ms',
    );
    expect(third.retryAt).toBe(clock.now() + 200);
    expect(pool.full()).toEqual({ limit: 1, depth: 1, retryAt: clock.now() + 200 });
    first.release();
    expect(permitOf(await second).number).toBeGreaterThan(first.number);
    expect(pool.full()).toBeUndefined();
  });

  test('a permit that is released twice is free once', async () => {
    const { bulkheads } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1, queueMost: 0 });
    const first = permitOf(await pool.acquire());
    first.release();
    permitOf(await pool.acquire());
    first.release();
    expect((await pool.acquire()).kind).toBe('refused');
  });

  test('who waits goes by class, then by arrival, and nobody who comes passes them', async () => {
    const { bulkheads, clock } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1 });
    const holder = permitOf(await pool.acquire());
    const order: string[] = [];
    const wait = async (name: string, priority: 'critical' | 'normal' | 'low') => {
      const permit = permitOf(await pool.acquire({ priority }));
      order.push(name);
      await clock.sleep(1);
      permit.release();
    };
    const all = [
      wait('low', 'low'),
      wait('normal 1', 'normal'),
      wait('normal 2', 'normal'),
      wait('critical', 'critical'),
    ];
    holder.release();
    all.push(wait('late', 'normal'));
    await clock.advance(10);
    await Promise.all(all);
    expect(order).toEqual(['critical', 'normal 1', 'normal 2', 'late', 'low']);
  });

  test('a run releases its permit whatever the call does, and what it refuses is a value', async () => {
    const { bulkheads } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1, queueMost: 0 });
    expect(await pool.run(() => 7)).toEqual({ kind: 'succeeded', value: 7 });
    const broken = pool.run(() => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    const inside = await pool.run(async () => pool.run(() => 8));
    expect(inside).toMatchObject({ kind: 'succeeded', value: { kind: 'refused', because: 'bulkheadFull' } });
  });

  test('a wait ends at its deadline, and when its caller gives up', async () => {
    const { bulkheads, clock } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1 });
    const holder = permitOf(await pool.acquire());
    const given = new AbortController();
    const late = pool.acquire({ deadlineAt: clock.now() + 50 });
    const left = pool.acquire({ signal: given.signal });
    await clock.advance(60);
    expect(await late).toMatchObject({ because: 'deadlinePassed' });
    given.abort();
    expect(await left).toMatchObject({ because: 'cancelled', waitedMs: 60 });
    expect(await pool.acquire({ signal: given.signal })).toMatchObject({ because: 'cancelled' });
    expect(await pool.acquire({ deadlineAt: clock.now() })).toMatchObject({ because: 'deadlinePassed' });
    expect(pool.view()).toMatchObject({ inUse: 1, depth: 0 });
    holder.release();
  });

  test('an operator may change it while calls wait, and a spec with faults is named with all of them', async () => {
    const { bulkheads } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1 });
    const first = permitOf(await pool.acquire());
    const second = pool.acquire();
    bulkheads.configure([record('p', { limit: 2 })]);
    permitOf(await second).release();
    expect(pool.view()).toMatchObject({ limit: 2, revision: 3, spec: { limit: 2 } });
    bulkheads.configure([]);
    expect(pool.view()).toMatchObject({ limit: 1, revision: 0 });
    first.release();
    expect(() => bulkheads.bulkhead('q', { limit: 0, preset: 'none' })).toThrow(
      /^bulkhead "q": preset there is no preset `none`.*limit must be a whole number/,
    );
  });

  test('rejections are told once a second with their number', async () => {
    const { bulkheads, clock, events } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1, queueMost: 0 });
    permitOf(await pool.acquire());
    for (let calls = 0; calls < 50; calls++) await pool.acquire();
    await clock.advance(1_000);
    await pool.acquire();
    expect(events.map((event) => event.kind === 'rejection' && [event.name, event.count])).toEqual([
      ['p', 1],
      ['p', 50],
    ]);
  });

  test('an adaptive limit falls when calls are dropped, and those beyond it wait', async () => {
    const { bulkheads, clock } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 20, adaptive: { least: 2, most: 40 } });
    for (let round = 0; round < 60; round++) {
      const permits = await Promise.all(Array.from({ length: pool.view().limit }, () => pool.acquire()));
      await clock.advance(100);
      for (const permit of permits) permitOf(permit).release(true);
    }
    expect(pool.view().limit).toBeLessThan(10);
  });

  test('with its process ended it takes nobody', async () => {
    const { bulkheads } = aHouse();
    const pool = bulkheads.bulkhead('p', { limit: 1 });
    permitOf(await pool.acquire());
    const waits = pool.acquire();
    await bulkheads.close();
    expect(await waits).toMatchObject({ because: 'cancelled', message: expect.stringContaining('is closed') });
  });
});

test('a bulkhead that is full by what others do hears that they have ended, though nobody here waits for it', async () => {
  const clock = handClock();
  const permits = createMemoryPermits(clock);
  const [busy, idle] = ['busy', 'idle'].map((instance) =>
    aHouse(permits, instance, clock).bulkheads.bulkhead('p', { limit: 1, queueMost: 1 }),
  );
  await clock.advance(60_000);
  const running = busy!.acquire();
  await clock.advance(10);
  const waiting = busy!.acquire();
  await clock.advance(10);
  const given = idle!.acquire();
  await clock.advance(10);
  expect(await given).toMatchObject({ because: 'bulkheadFull' });
  permitOf(await running).release();
  permitOf(await waiting).release();
  await clock.advance(5_000);
  const seen: boolean[] = [];
  for (let asked = 0; asked < 3; asked++) {
    seen.push(idle!.full() === undefined);
    await clock.advance(1_000);
  }
  expect(seen).toEqual([false, true, true]);
});

/** A store that counts what it is asked, and can be away. */
function aStore(clock = handClock()) {
  const permits = createMemoryPermits(clock);
  const ears = new Set<PermitEars>();
  const store = { asks: 0, isAway: false };
  const shared: Permits = {
    async ask(instance, wishes) {
      store.asks++;
      if (store.isAway) throw new CodedError('redis_unavailable', 'the store is away');
      return permits.ask(instance, wishes);
    },
    readAll: () => permits.readAll(),
    watch(instance, on) {
      ears.add(on);
      return permits.watch(instance, on);
    },
  };
  const setAway = (isAway: boolean) => {
    store.isAway = isAway;
    for (const ear of ears) {
      if (isAway) ear.onAway('the store is away');
      else ear.onDoubt();
    }
  };
  return { clock, store, setAway, house: (instance: string) => aHouse(shared, instance, clock).bulkheads };
}

describe('a bulkhead of a fleet', () => {
  const spec = { limit: 2, queueMost: 10, leaseMs: 1_000 };

  test('what is wanted and released in one turn is one question, and a permit at hand is none', async () => {
    const { house, store } = aStore();
    const { bulkhead } = house('a');
    const [x, y] = [bulkhead('x', { ...spec, limit: 8 }), bulkhead('y', { ...spec, limit: 8 })];
    const permits = await Promise.all([x, y, x, y, x].map((pool) => pool.acquire()));
    expect(store.asks).toBe(1);
    for (const permit of permits) permitOf(permit).release();
    for (let calls = 0; calls < 10; calls++) permitOf(await x.acquire()).release();
    expect(store.asks).toBeLessThanOrEqual(2);
    expect(y.view().here).toMatchObject({ inUse: 0, kept: 2 });
  });

  test('what one instance keeps goes to another one that waits, at once', async () => {
    const { house, clock } = aStore();
    const [a, b] = [house('a').bulkhead('p', { ...spec, limit: 1 }), house('b').bulkhead('p', { ...spec, limit: 1 })];
    const first = permitOf(await a.acquire());
    first.release();
    expect(a.view().here.kept).toBe(1);
    const other = b.acquire();
    await clock.advance(1);
    expect(permitOf(await other).number).toBeGreaterThan(first.number);
    expect(a.view().here.kept).toBe(0);
  });

  test('who waited first in the fleet is first, whatever instance has the permit', async () => {
    const { house, clock } = aStore();
    const [a, b] = [house('a').bulkhead('p', { ...spec, limit: 1 }), house('b').bulkhead('p', { ...spec, limit: 1 })];
    const holder = permitOf(await a.acquire());
    const order: string[] = [];
    const wait = async (name: string, pool: typeof a) => {
      const permit = permitOf(await pool.acquire());
      order.push(name);
      await clock.sleep(5);
      permit.release();
    };
    const all: Promise<void>[] = [];
    for (const [name, pool] of [
      ['b1', b],
      ['a2', a],
      ['b3', b],
      ['a4', a],
    ] as const) {
      all.push(wait(name, pool));
      await clock.advance(2);
    }
    holder.release();
    await clock.advance(100);
    await Promise.all(all);
    expect(order).toEqual(['b1', 'a2', 'b3', 'a4']);
  });

  test('a permit whose lease could not be renewed is lost, says so, and is another call’s then', async () => {
    const { house, clock, setAway } = aStore();
    const pool = house('a').bulkhead('p', { ...spec, limit: 1 });
    const other = house('b').bulkhead('p', { ...spec, limit: 1 });
    permitOf(await pool.acquire()).release();
    const taken = other.acquire();
    await clock.advance(1);
    const permit = permitOf(await taken);
    const { signal } = permit;
    await clock.advance(900);
    expect([permit.lostAt, permit.heldUntil > clock.now(), permit.scope]).toEqual([undefined, true, 'fleet']);
    setAway(true);
    await clock.advance(1_100);
    expect(signal.aborted).toBe(true);
    expect(permit.lostAt).toBeLessThanOrEqual(clock.now() - 90);
    permit.release();
    expect(pool.view().share).toBeDefined();
  });

  test('without the store each instance has its share after a lease, and says so; with it again all is counted', async () => {
    const { house, clock, setAway } = aStore();
    const pools = ['a', 'b', 'c'].map((name) => house(name).bulkhead('p', { ...spec, limit: 4 }));
    for (let times = 0; times < 2; times++) for (const pool of pools) permitOf(await pool.acquire()).release();
    await clock.advance(1_000);
    setAway(true);
    const early = pools[0]!.tryAcquire();
    expect(early).toMatchObject({ kind: 'refused', because: 'bulkheadFull' });
    await clock.advance(1_300);
    const taken = pools.map((pool) => [1, 2, 3].map(() => pool.tryAcquire()).filter(({ kind }) => kind === 'permit'));
    expect(taken.map(({ length }) => length)).toEqual([2, 1, 1]);
    expect(pools.map((pool) => pool.view().share)).toEqual([2, 1, 1]);
    expect((taken[0]![0] as BulkheadPermit).scope).toBe('instance');
    setAway(false);
    await clock.advance(600);
    expect(pools[0]!.view()).toMatchObject({ inUse: 4 });
    expect(pools[0]!.view().share).toBeUndefined();
    const waits = pools[2]!.acquire();
    await clock.advance(10);
    expect(pools[2]!.view().depth).toBe(1);
    permitOf(taken[0]![0]!).release();
    await clock.advance(10);
    expect(permitOf(await waits).scope).toBe('fleet');
  });

  test('who asks without waiting has one at hand the next time', async () => {
    const { house, clock } = aStore();
    const pool = house('a').bulkhead('p', spec);
    expect(pool.tryAcquire()).toMatchObject({ kind: 'refused', because: 'bulkheadFull' });
    await clock.advance(1);
    expect(pool.tryAcquire().kind).toBe('permit');
  });

  test('what nobody uses goes back before long', async () => {
    const { house, clock } = aStore();
    const pool = house('a').bulkhead('p', spec);
    permitOf(await pool.acquire()).release();
    expect(pool.view().here.kept).toBe(1);
    await clock.advance(300);
    expect(pool.view()).toMatchObject({ here: { kept: 0 } });
    permitOf(await house('b').bulkhead('p', spec).acquire());
  });

  test('an instance that ends gives back what it keeps', async () => {
    const { house } = aStore();
    const one = house('a');
    permitOf(await one.bulkhead('p', { ...spec, limit: 1 }).acquire()).release();
    await one.close();
    const other = house('b').bulkhead('p', { ...spec, limit: 1, queueMost: 0 });
    expect((await other.acquire()).kind).toBe('permit');
  });

  test('the permits of an instance that was killed are back within a lease and 50 ms, for those who wait', async () => {
    const clock = handClock();
    const world = createPermitWorld(clock, seededRandom(3), { delayMsMost: 10, lost: 0 });
    const [dying, living] = [createProcess(clock), createProcess(clock)];
    const [a, b] = [
      aHouse(world.permitsOf(dying), 'a', dying.clock).bulkheads.bulkhead('p', spec),
      aHouse(world.permitsOf(living), 'b', living.clock).bulkheads.bulkhead('p', spec),
    ];
    const held = [a.acquire(), a.acquire()];
    await clock.advance(700);
    expect((await Promise.all(held)).map(({ kind }) => kind)).toEqual(['permit', 'permit']);
    const got: BulkheadPermit[] = [];
    for (const waits of [b.acquire(), b.acquire()])
      void Promise.resolve(waits).then((answer) => got.push(permitOf(answer)));
    await clock.advance(50);
    dying.kill();
    await clock.advance(spec.leaseMs - 400);
    expect(got).toEqual([]);
    await clock.advance(450);
    expect(got).toHaveLength(2);
  });

  test('what was released is told again where the question came to nothing', async () => {
    const { house, clock, store } = aStore();
    const [a, b] = [house('a').bulkhead('p', { ...spec, limit: 1 }), house('b').bulkhead('p', { ...spec, limit: 1 })];
    const permit = permitOf(await a.acquire());
    const waits = b.acquire();
    await clock.advance(10);
    store.isAway = true;
    permit.release();
    await clock.advance(10);
    store.isAway = false;
    await clock.advance(2 * (spec.leaseMs / 8));
    expect(b.view().here.inUse).toBe(1);
    permitOf(await waits);
  });

  test('who was asleep does not know how long the store has been away, and takes nothing from its share', async () => {
    const clock = handClock();
    const world = createPermitWorld(clock, seededRandom(4), { delayMsMost: 2, lost: 0 });
    const [sleeper, living] = [createProcess(clock), createProcess(clock)];
    const a = aHouse(world.permitsOf(sleeper), 'a', sleeper.clock).bulkheads.bulkhead('p', spec);
    const b = aHouse(world.permitsOf(living), 'b', living.clock).bulkheads.bulkhead('p', spec);
    for (const pool of [a, b, a]) {
      const answer = pool.acquire();
      await clock.advance(400);
      permitOf(await answer).release();
    }
    await clock.advance(1_000);
    world.leave();
    await clock.advance(10);
    sleeper.stop();
    world.comeBack(false);
    await clock.advance(3 * spec.leaseMs);
    const held = [b.acquire(), b.acquire()];
    await clock.advance(20);
    expect((await Promise.all(held)).map(({ kind }) => kind)).toEqual(['permit', 'permit']);
    world.leave();
    sleeper.go();
    await clock.advance(spec.leaseMs / 8 + 20);
    expect(a.view().share).toBe(1);
    expect(a.tryAcquire().kind).toBe('refused');
  });
});
