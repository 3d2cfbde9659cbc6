import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryBreakerStates } from '../../../shared/adapters/memory/breaker-states.ts';
import { createMemoryGuardRecords } from '../../../shared/adapters/memory/guard-records.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { createFleetBreakers, type FleetBreakers } from '../../../shared/engine/guards/fleet-breakers.ts';
import type { GuardDesk } from '../../../shared/engine/guards/guard-desk.ts';
import { guardNewsMs } from '../../../shared/engine/guards/guard-news.ts';
import { defaultBreakerRules } from '../../../shared/policy/breaker/index.ts';
import type { BreakerStates, GuardRecords } from '../../../shared/ports/index.ts';
import { aGuardDesk } from '../../support/a-guard-desk.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';

/** Instances with breakers of their own, a hot store and records that they share, each of which can be away. */
interface Fleet {
  readonly clock: HandClock;
  readonly states: BreakerStates;
  readonly records: GuardRecords;
  readonly away: { hot: boolean; records: boolean };
  instance(name: string): Instance;
}

interface Instance {
  readonly breakers: FleetBreakers;
  readonly desk: GuardDesk;
  readonly reported: readonly { readonly context: string }[];
}

const target = 'topic:orders';
const ada = { by: 'ada' };
const stop = { kind: 'forced_open', reason: 'the provider asked us to stop' } as const;

function aFleet(): Fleet {
  const clock = handClock(Date.UTC(2031, 0, 1));
  const random = seededRandom(1);
  const away = { hot: false, records: false };
  const states = awayWhen(createMemoryBreakerStates({ clock, random }), 'redis_unavailable', () => away.hot);
  const records = awayWhen(createMemoryGuardRecords(), 'store_unavailable', () => away.records);
  return {
    clock,
    states,
    records,
    away,
    instance(name) {
      const quiet = { report: () => {}, tell: () => {} };
      const rulesOf = () => defaultBreakerRules;
      const parts = { clock, random, states, records, instance: name, rulesOf, ...quiet };
      const breakers = createFleetBreakers(parts);
      const { desk, reported } = aGuardDesk(clock, { records, states, breakers, modes: breakers.modes });
      return { breakers, desk, reported };
    },
  };
}

/** What is asked of it while it is away fails as it would. */
function awayWhen<Port extends object>(port: Port, code: string, isAway: () => boolean): Port {
  return new Proxy(port, {
    get(of, key) {
      const method = Reflect.get(of, key) as (...args: unknown[]) => unknown;
      if (key === 'watch') return method;
      return async (...args: unknown[]) => {
        if (isAway()) throw new CodedError(code, 'it is away');
        return method(...args);
      };
    },
  });
}

describe("the operators' desk of a fleet", () => {
  let fleet: Fleet;
  let here: Instance;
  let there: Instance;
  const refuses = ({ breakers }: Instance) => breakers.admit(target, fleet.clock.now()).kind === 'refused';

  beforeEach(async () => {
    fleet = aFleet();
    [here, there] = [fleet.instance('engine-1'), fleet.instance('engine-2')];
    await fleet.clock.advance(0);
  });

  /** What instances do by themselves now and then. */
  async function waitForNews(...instances: readonly Instance[]) {
    await fleet.clock.advance(guardNewsMs);
    for (const { desk, breakers } of instances) {
      breakers.look();
      await desk.news.refreshWhenOld();
    }
    await fleet.clock.advance(0);
  }

  test('what is forced at one instance holds at all of them at once, and a release within a second or two', async () => {
    expect(await here.desk.forceBreaker(target, stop, ada)).toMatchObject({
      kind: 'done',
      view: { state: 'forced_open', own: 'closed', override: { ...stop, by: 'ada' }, revision: 1 },
    });
    await fleet.clock.advance(0);
    expect([here, there].map(refuses)).toEqual([true, true]);
    expect(await there.desk.getBreaker(target)).toMatchObject({ state: 'forced_open', revision: 1 });
    await there.desk.forceBreaker(target, undefined, ada);
    for (let at = 0; at < 6; at++) {
      await fleet.clock.advance(250);
      [here, there].map(refuses);
    }
    expect([here, there].map(refuses)).toEqual([false, false]);
  });

  test('with the hot store away it is stored, holds here, and at the others once they have read it', async () => {
    fleet.away.hot = true;
    expect(await here.desk.forceBreaker(target, stop, ada)).toMatchObject({ kind: 'done' });
    expect(here.reported).toMatchObject([{ context: `telling the fleet what was decided on breaker ${target}` }]);
    expect([here, there].map(refuses)).toEqual([true, false]);
    await waitForNews(there);
    expect(refuses(there)).toBe(true);
  });

  test('the hot store is told of what it missed when it is there again, of a release as well', async () => {
    const other = 'topic:refunds';
    await here.desk.forceBreaker(other, stop, ada);
    fleet.away.hot = true;
    await here.desk.forceBreaker(target, stop, ada);
    await here.desk.forceBreaker(other, undefined, ada);
    await waitForNews(here);
    fleet.away.hot = false;
    await waitForNews(here);
    await waitForNews(here);
    const { breakers } = await fleet.states.readAll();
    expect(breakers.find(({ name }) => name === target)?.override).toMatchObject(stop);
    expect(breakers.find(({ name }) => name === other)?.override).toBeUndefined();
  });

  test('whoever asked died after it was stored: the others tell the hot store', async () => {
    const at = fleet.clock.now();
    const record = { name: target, revision: 1, override: { ...stop, by: 'ada' }, changedAt: at, changedBy: 'x' };
    const line = { guard: 'breaker', name: target, at, by: 'x', action: 'forced', because: 'y', number: 1 } as const;
    await fleet.records.changeBreaker({ record, line });
    await waitForNews(there);
    expect((await fleet.states.readAll()).breakers).toMatchObject([{ name: target, override: stop }]);
    expect([here, there].map(refuses)).toEqual([true, true]);
  });

  test('nothing is told twice, and who reads nothing new asks the hot store nothing', async () => {
    await here.desk.forceBreaker(target, stop, ada);
    const [before] = (await fleet.states.readAll()).breakers;
    for (let at = 0; at < 3; at++) await waitForNews(here, there);
    const [after] = (await fleet.states.readAll()).breakers;
    expect(after?.version).toBe(before?.version);
  });

  test('an override ends by itself, here and in what is shown', async () => {
    await here.desk.forceBreaker(target, { ...stop, forMs: 60_000 }, ada);
    await fleet.clock.advance(59_000);
    expect([here, there].map(refuses)).toEqual([true, true]);
    await fleet.clock.advance(1_001);
    expect([here, there].map(refuses)).toEqual([false, false]);
    const view = await there.desk.getBreaker(target);
    expect(view).toMatchObject({ state: 'closed' });
    expect(view).not.toHaveProperty('override');
  });

  async function openIt(instance: Instance) {
    for (let at = 0; at < 5; at++) instance.breakers.record(target, 'failed', fleet.clock.now());
    await fleet.clock.advance(300);
    expect(refuses(instance)).toBe(true);
  }

  test('a reset closes an open breaker for all', async () => {
    await openIt(here);
    expect(await there.desk.resetBreaker(target, ada)).toMatchObject({ kind: 'done', view: { state: 'closed' } });
    await fleet.clock.advance(0);
    expect([here, there].map(refuses)).toEqual([false, false]);
  });

  test('a reset while the hot store is away comes true everywhere, and stays so when it is back', async () => {
    await openIt(here);
    await fleet.clock.advance(20_000);
    fleet.away.hot = true;
    await here.desk.resetBreaker(target, ada);
    await waitForNews(here, there);
    expect([here, there].map(refuses)).toEqual([false, false]);
    fleet.away.hot = false;
    await waitForNews(here, there);
    await waitForNews(here, there);
    expect([here, there].map(refuses)).toEqual([false, false]);
    expect((await fleet.states.readAll()).breakers).toMatchObject([{ name: target, state: 'closed' }]);
  });

  test('what is configured is gone by at the others within a look, and told with its revision', async () => {
    await here.desk.configureBreaker(target, { failures: 2 }, ada);
    await waitForNews(there);
    for (let at = 0; at < 2; at++) there.breakers.record(target, 'failed', fleet.clock.now());
    expect(refuses(there)).toBe(true);
    expect(await there.desk.getBreaker(target)).toMatchObject({ spec: { failures: 2 }, revision: 1 });
  });

  test('a change is made on what is stored, however many operators are at it at once', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((failures) => here.desk.configureBreaker(target, { failures }, ada)),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(['done', 'done', 'done', 'done']);
    const { lines } = await here.desk.readLines('breaker', target, 10);
    expect(lines.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
    expect(new Set(lines.map(({ after }) => after)).size).toBe(4);
  });

  test('who tells late tells what is stored by then', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    let isFirst = true;
    const slow: BreakerStates = {
      ...fleet.states,
      readAll: () => fleet.states.readAll(),
      async override(...asked) {
        if (isFirst) {
          isFirst = false;
          await held;
        }
        return fleet.states.override(...asked);
      },
    };
    const { desk } = aGuardDesk(fleet.clock, { records: fleet.records, states: slow });
    const forcing = desk.forceBreaker(target, stop, ada);
    await fleet.clock.advance(0);
    await there.desk.forceBreaker(target, undefined, { by: 'bob' });
    await desk.news.refresh();
    letGo();
    await forcing;
    expect((await fleet.states.readAll()).breakers[0]?.override).toBeUndefined();
  });

  test('of two on one revision the second is a conflict, and nothing is changed', async () => {
    await here.desk.configureBreaker(target, { failures: 1 }, { ...ada, revision: 0 });
    const late = await there.desk.configureBreaker(target, { failures: 9 }, { ...ada, revision: 0 });
    expect(late).toEqual({ kind: 'conflict', revision: 1 });
    expect(await there.desk.getBreaker(target)).toMatchObject({ spec: { failures: 1 } });
  });

  test('with the durable store away a change fails, the fleet is told nothing, and health still answers', async () => {
    await here.desk.configureBreaker('topic:refunds', { failures: 2 }, ada);
    fleet.away.records = true;
    await expect(here.desk.forceBreaker(target, stop, ada)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([here, there].map(refuses)).toEqual([false, false]);
    const { breakers, mode } = await here.desk.health();
    expect({ mode, names: breakers.map(({ name }) => name) }).toEqual({ mode: 'shared', names: ['topic:refunds'] });
  });

  test('health says why it is not shared', async () => {
    fleet.away.hot = true;
    await openIt(here);
    expect(await here.desk.health()).toMatchObject({ mode: 'records', because: expect.stringContaining('away') });
  });

  test('what only others have heard of is shown by what the hot store knows', async () => {
    await openIt(here);
    const late = fleet.instance('engine-3');
    expect(await late.desk.getBreaker(target)).toMatchObject({ state: 'open', scope: 'fleet' });
  });

  test('who asks while a read is under way that may have begun too early gets the next one', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const records = createMemoryGuardRecords();
    const slow = { ...records, readAll: () => records.readAll().then((all) => held.then(() => all)) };
    const modes = { view: { mode: 'records', since: 0 } } as const;
    const { desk } = aGuardDesk(fleet.clock, { records: slow, modes });
    const first = desk.news.refresh();
    const at = fleet.clock.now();
    const line = { guard: 'breaker', name: target, at, by: 'x', action: 'reset', because: 'y', number: 1 } as const;
    await records.changeBreaker({ record: { name: target, revision: 1, changedAt: at, changedBy: 'x' }, line });
    const [second, third] = [desk.news.refresh(), desk.news.refresh()];
    letGo();
    expect((await first).breakers).toEqual([]);
    expect((await second).breakers).toMatchObject([{ revision: 1 }]);
    expect(await third).toBe(await second);
  });

  test('of old keys the last twenty are remembered', async () => {
    for (let at = 0; at < 25; at++)
      await here.desk.configureBreaker(target, { failures: at + 1 }, { ...ada, request: `k-${at}` });
    const { breakers } = await fleet.records.readAll();
    expect(breakers[0]!.requests).toHaveLength(20);
    const repeated = await here.desk.configureBreaker(target, { failures: 20 }, { ...ada, request: 'k-19' });
    expect(repeated).toMatchObject({ kind: 'repeated', view: { spec: { failures: 25 } } });
    const otherwise = await here.desk.configureBreaker(target, { failures: 3 }, { ...ada, request: 'k-19' });
    expect(otherwise).toEqual({ kind: 'keyReused' });
  });
});
