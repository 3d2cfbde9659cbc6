import { describe, expect, test } from '@jest/globals';
import { aBreakerFleet, type BreakerFleet, fails, outcomeOf, settle, works } from './a-breaker-fleet.ts';

/** One call of each instance at once; how many of them were made. */
async function callAll({ members }: BreakerFleet, name: string, call: () => Promise<string>): Promise<number> {
  const ends = await Promise.all(members.map(({ breakers }) => outcomeOf(breakers.breaker(name).run(call))));
  await settle();
  return ends.filter((end) => end !== 'refused').length;
}

const statesOf = ({ members }: BreakerFleet, name: string) =>
  new Set(members.map(({ breakers }) => breakers.breaker(name).view().state));

describe('the breakers of a fleet', () => {
  test('a target that dies costs 64 instances one call each, those under way, and then one probe a window', async () => {
    const fleet = aBreakerFleet({ instances: 64, rules: { openMs: 30_000, successes: 1 } });
    for (let round = 0; round < 5; round++) await callAll(fleet, 'pay', works);
    await fleet.clock.advance(1);
    expect(await callAll(fleet, 'pay', fails)).toBe(64);
    expect(statesOf(fleet, 'pay')).toEqual(new Set(['open']));
    expect(await callAll(fleet, 'pay', fails)).toBe(0);
    let made = 0;
    let windows = 0;
    while (windows < 4) {
      const before = made;
      await fleet.clock.advance(1_000);
      made += await callAll(fleet, 'pay', fails);
      windows += Number(made > before);
      expect(made - before).toBeLessThanOrEqual(1);
    }
  }, 30_000);

  test('calls that come one after the other at instance after instance waste no more than the threshold and one', async () => {
    const fleet = aBreakerFleet({ instances: 64, rules: { failures: 5 } });
    await callAll(fleet, 'pay', works);
    await fleet.clock.advance(1);
    let made = 0;
    for (const { breakers } of fleet.members) {
      made += Number((await outcomeOf(breakers.breaker('pay').run(fails))) !== 'refused');
      await settle();
    }
    expect(made).toBeLessThanOrEqual(6);
  });

  test('an instance that starts while it is open refuses its first call', async () => {
    const fleet = aBreakerFleet({ instances: 2 });
    for (let call = 0; call < 5; call++) await callAll(fleet, 'pay', fails);
    const { breakers } = fleet.join();
    const pay = breakers.breaker('pay');
    expect(await pay.run(works)).toMatchObject({ kind: 'refused', scope: 'fleet' });
  });

  test('an instance that starts asks nobody longer than a second', async () => {
    const fleet = aBreakerFleet();
    const { breakers } = fleet.join();
    const silent = fleet.join();
    silent.line.isCut = true;
    expect(await outcomeOf(breakers.breaker('pay').run(works))).toBe('succeeded');
    expect(await outcomeOf(silent.breakers.breaker('pay').run(works))).toBe('succeeded');
    expect(silent.breakers.modes.view.mode).toBe('records');
  });

  test('one bad instance of four opens its own breaker and not the fleet’s', async () => {
    const fleet = aBreakerFleet({ instances: 4, rules: { failures: 5 } });
    const [bad, ...good] = fleet.members;
    for (let round = 0; round < 20; round++) {
      for (const { breakers } of good) await breakers.breaker('pay').run(works);
      await outcomeOf(bad!.breakers.breaker('pay').run(fails));
      await settle();
      await fleet.clock.advance(100);
    }
    expect(bad!.breakers.breaker('pay').view()).toMatchObject({ state: 'open', scope: 'instance' });
    for (const { breakers } of good) expect(breakers.breaker('pay').view().state).toBe('closed');
    const own = bad!.told.filter((event) => event.kind === 'transition');
    expect(own).toMatchObject([{ scope: 'instance', from: 'closed', to: 'open', because: '5 failures in a row' }]);
    await fleet.clock.advance(40_000);
    for (let call = 0; call < 2; call++)
      expect(await outcomeOf(bad!.breakers.breaker('pay').run(works))).toBe('succeeded');
    expect(bad!.breakers.breaker('pay').view().state).toBe('closed');
  });

  test('clocks that are five seconds apart change nothing', async () => {
    const skewMs = (instance: number) => (instance % 3) * 5_000 - 5_000;
    const fleet = aBreakerFleet({ instances: 6, rules: { openMs: 30_000, successes: 1, spreadMs: 1_000 }, skewMs });
    for (let call = 0; call < 2; call++) await callAll(fleet, 'pay', fails);
    expect(statesOf(fleet, 'pay')).toEqual(new Set(['open']));
    await fleet.clock.advance(23_900);
    expect(await callAll(fleet, 'pay', works)).toBe(0);
    await fleet.clock.advance(13_000);
    expect(await callAll(fleet, 'pay', works)).toBe(1);
    await fleet.clock.advance(100);
    expect(statesOf(fleet, 'pay')).toEqual(new Set(['closed']));
  });

  test('an instance that hears of what happened long after knows how it is now', async () => {
    const fleet = aBreakerFleet({ instances: 3, rules: { openMs: 30_000, successes: 1 } });
    const [frozen, ...others] = fleet.members;
    for (let call = 0; call < 2; call++) await callAll(fleet, 'pay', fails);
    frozen!.line.isCut = true;
    await fleet.clock.advance(37_000);
    for (const { breakers } of others) await outcomeOf(breakers.breaker('pay').run(works));
    await settle();
    frozen!.line.isCut = false;
    expect(frozen!.breakers.breaker('pay').view().state).toBe('open');
    expect(await outcomeOf(frozen!.breakers.breaker('pay').run(works))).toBe('succeeded');
    expect(statesOf(fleet, 'pay')).toEqual(new Set(['closed']));
  });

  test('slow calls open it for all as soon as one instance that is alone finds them too many', async () => {
    const fleet = aBreakerFleet({ instances: 2, rules: { slowRate: 0.5, slowMs: 1_000, minimumCalls: 3 } });
    const [one, other] = fleet.members;
    const pay = one!.breakers.breaker('pay');
    await Promise.all(fleet.members.map(({ breakers }) => breakers.ready()));
    for (let call = 0; call < 3; call++) {
      const pass = pay.tryAcquire();
      if (pass.kind === 'pass') pay.succeeded(pass, 2_000);
    }
    await settle();
    expect(other!.breakers.breaker('pay').view()).toMatchObject({ state: 'open', scope: 'fleet' });
  });

  test('what the engine tells of calls that were begun before it opened is not held against anybody', async () => {
    const fleet = aBreakerFleet({ instances: 2, rules: { failures: 2 } });
    const [one] = fleet.members;
    for (let call = 0; call < 2; call++) await callAll(fleet, 'pay', fails);
    for (let call = 0; call < 9; call++) one!.breakers.record('pay', 'failed', fleet.clock.now());
    await settle();
    expect(one!.told.filter((event) => event.kind === 'transition' && event.scope === 'instance')).toEqual([]);
    expect(one!.breakers.breaker('pay').view().failures).toBe(0);
  });

  test('what was begun before the fleet opened says nothing after it has closed again', async () => {
    const fleet = aBreakerFleet({ instances: 2, rules: { failures: 1, openMs: 1_000, successes: 1 } });
    const [one, other] = fleet.members;
    await callAll(fleet, 'pay', works);
    const pay = one!.breakers.breaker('pay');
    const early = pay.tryAcquire();
    await fleet.states.override('pay', undefined, true);
    await settle();
    expect(statesOf(fleet, 'pay')).toEqual(new Set(['closed']));
    if (early.kind === 'pass') pay.failed(early);
    expect(pay.view()).toMatchObject({ state: 'closed', calls: 0 });
    expect(await outcomeOf(other!.breakers.breaker('pay').run(works))).toBe('succeeded');
  });

  test('who may not wait for a probe is refused at once, and finds it when it comes back', async () => {
    const fleet = aBreakerFleet({ rules: { failures: 1, openMs: 1_000, successes: 1 } });
    const { breakers } = fleet.members[0]!;
    await breakers.ready();
    expect(breakers.record('http:a', 'failed', fleet.clock.now())).toBeGreaterThan(fleet.clock.now());
    await fleet.clock.advance(1_300);
    const refused = breakers.admit('http:a', fleet.clock.now());
    expect(refused.kind).toBe('refused');
    const { retryAt } = refused as { retryAt: number };
    expect(retryAt - fleet.clock.now()).toBeLessThanOrEqual(50);
    await settle();
    await fleet.clock.advance(50);
    const admitted = breakers.admit('http:a', fleet.clock.now());
    expect(admitted).toMatchObject({ kind: 'admitted', probe: expect.any(Number) });
    const { probe } = admitted as { probe: number };
    expect(breakers.admit('http:a', fleet.clock.now()).kind).toBe('refused');
    breakers.record('http:a', 'succeeded', fleet.clock.now(), probe);
    await settle();
    expect(breakers.admit('http:a', fleet.clock.now())).toEqual({ kind: 'admitted' });
  });

  test('leave to probe that nobody takes is given back', async () => {
    const fleet = aBreakerFleet({ instances: 2, rules: { failures: 1, openMs: 1_000, successes: 1, probeMs: 60_000 } });
    const [one, other] = fleet.members;
    await callAll(fleet, 'pay', fails);
    await fleet.clock.advance(1_300);
    one!.breakers.breaker('pay').tryAcquire();
    await settle();
    expect(other!.breakers.breaker('pay').tryAcquire().kind).toBe('refused');
    await fleet.clock.advance(5_001);
    one!.breakers.look();
    await settle();
    await fleet.clock.advance(20_000);
    expect(await outcomeOf(other!.breakers.breaker('pay').run(works))).toBe('succeeded');
  });

  test('those who ask for a probe in vain come back later and later', async () => {
    const fleet = aBreakerFleet({ instances: 2, rules: { failures: 1, openMs: 1_000, spreadMs: 15_000 } });
    const [one, other] = fleet.members;
    await callAll(fleet, 'pay', fails);
    await fleet.clock.advance(1_300);
    expect(one!.breakers.breaker('pay').tryAcquire().kind).toBe('refused');
    await settle();
    expect(one!.breakers.breaker('pay').tryAcquire().kind).toBe('pass');
    for (let tenth = 0; tenth < 300; tenth++) {
      other!.breakers.breaker('pay').tryAcquire();
      await settle();
      await fleet.clock.advance(100);
    }
    expect(other!.line.asked['askProbe']).toBeLessThanOrEqual(12);
  });

  test('an operator’s word holds in every instance', async () => {
    const fleet = aBreakerFleet({ instances: 3 });
    await callAll(fleet, 'pay', works);
    const by = { reason: 'they asked for it', by: 'operator:ann' };
    await fleet.states.override('pay', { kind: 'forced_open', ...by });
    await settle();
    expect(await callAll(fleet, 'pay', works)).toBe(0);
    const refused = fleet.members[1]!.breakers.breaker('pay').tryAcquire();
    expect(refused).toMatchObject({
      message: 'the breaker `pay` is open: operator:ann has forced it open: they asked for it',
    });
    for (const kind of ['forced_closed', 'shadow', 'disabled'] as const) {
      await fleet.states.override('pay', { kind, ...by });
      await settle();
      for (let call = 0; call < 10; call++) expect(await callAll(fleet, 'pay', fails)).toBe(3);
      expect(statesOf(fleet, 'pay')).toEqual(new Set([kind]));
    }
  });

  test('breakers of one group let everything through where most of them are open', async () => {
    const fleet = aBreakerFleet({ rules: { failures: 1 } });
    const { breakers } = fleet.members[0]!;
    const names = ['a', 'b', 'c'].map((name) => breakers.breaker(name, { failures: 1, group: 'all', panicFloor: 0.5 }));
    await outcomeOf(names[0]!.run(fails));
    await settle();
    expect(await outcomeOf(names[0]!.run(works))).toBe('refused');
    await outcomeOf(names[1]!.run(fails));
    await settle();
    for (const one of names) expect(await outcomeOf(one.run(works))).toBe('succeeded');
  });
});
