import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import type { GuardEvent } from '../../../shared/engine/guards/guard-events.ts';
import { aBreakerFleet, fails, type Member, outcomeOf, settle, works } from './a-breaker-fleet.ts';

const modesTold = ({ told }: Member) =>
  told.flatMap((event: GuardEvent) => (event.kind === 'mode' ? [`${event.from} → ${event.to}`] : []));

/** A call now and then, as an instance with little to do makes them. */
async function callFor(member: Member, ms: number, advance: (ms: number) => Promise<void>, call = works) {
  const ends: string[] = [];
  for (let passed = 0; passed < ms; passed += 500) {
    ends.push(await outcomeOf(member.breakers.breaker('pay').run(call)));
    await settle();
    await advance(500);
  }
  return ends;
}

describe('without the hot store', () => {
  test('calls go on by what each instance finds out for itself, and every change of mode is told once', async () => {
    const { members, clock } = aBreakerFleet({ rules: { failures: 3 } });
    const member = members[0]!;
    expect(await callFor(member, 3_000, clock.advance)).not.toContain('refused');
    member.line.isCut = true;
    expect(await callFor(member, 20_000, clock.advance)).not.toContain('refused');
    expect(member.breakers.modes.view).toMatchObject({ mode: 'records', because: 'the line is cut' });
    for (let call = 0; call < 3; call++) await outcomeOf(member.breakers.breaker('pay').run(fails));
    expect(member.breakers.breaker('pay').view()).toMatchObject({ state: 'open', scope: 'instance' });
    member.line.isCut = false;
    await callFor(member, 10_000, clock.advance);
    expect(member.breakers.modes.view.mode).toBe('shared');
    expect(modesTold(member)).toEqual(['shared → records', 'records → shared']);
  });

  test('a call that finds it gone waits for nothing', async () => {
    const { members, clock } = aBreakerFleet();
    const { breakers, line } = members[0]!;
    await breakers.ready();
    line.isCut = true;
    for (let call = 0; call < 20; call++) {
      const before = clock.now();
      expect(await outcomeOf(breakers.breaker('pay').run(works))).toBe('succeeded');
      expect(clock.now()).toBe(before);
    }
  });

  test('what the fleet had opened stays open, and each instance probes for itself when its time is over', async () => {
    const { members, clock } = aBreakerFleet({ rules: { failures: 2, openMs: 30_000, successes: 1 } });
    const member = members[0]!;
    for (let call = 0; call < 2; call++) await outcomeOf(member.breakers.breaker('pay').run(fails));
    await settle();
    member.line.isCut = true;
    const ends = await callFor(member, 60_000, clock.advance);
    expect(ends.indexOf('succeeded')).toBeGreaterThan(46);
    expect(ends.indexOf('succeeded')).toBeLessThan(76);
    expect(ends.slice(0, ends.indexOf('succeeded'))).not.toContain('threw');
  });

  test('what the records say last holds for an instance that starts meanwhile, and for at most the time that it may be open', async () => {
    const fleet = aBreakerFleet({ rules: { failures: 2, openMs: 30_000, successes: 1 } });
    const [first] = fleet.members;
    for (let call = 0; call < 2; call++) await outcomeOf(first!.breakers.breaker('pay').run(fails));
    await settle();
    const late = fleet.join();
    late.line.isCut = true;
    expect(await late.breakers.breaker('pay').run(works)).toMatchObject({ kind: 'refused', scope: 'instance' });
    await fleet.clock.advance(30_001);
    expect(await outcomeOf(late.breakers.breaker('pay').run(works))).toBe('succeeded');
  });

  test('what operators decided holds by the records', async () => {
    const fleet = aBreakerFleet();
    const override = { kind: 'forced_open', reason: 'stock-taking', by: 'operator:ann' } as const;
    const record = { name: 'pay', revision: 1, override, changedAt: fleet.clock.now(), changedBy: 'operator:ann' };
    await fleet.records.changeBreaker({
      record,
      line: {
        guard: 'breaker',
        name: 'pay',
        at: fleet.clock.now(),
        by: 'operator:ann',
        action: 'forced',
        because: 'x',
        number: 1,
      },
    });
    const late = fleet.join();
    late.line.isCut = true;
    const refused = await late.breakers.breaker('pay').run(works);
    expect(refused).toMatchObject({ message: expect.stringContaining('stock-taking') });
  });

  test('a transition of the records holds with what was decided over it', async () => {
    const fleet = aBreakerFleet({ rules: { failures: 2 } });
    const [first] = fleet.members;
    for (let call = 0; call < 2; call++) await outcomeOf(first!.breakers.breaker('pay').run(fails));
    await settle();
    await fleet.states.override('pay', { kind: 'shadow', reason: 'it is well', by: 'operator:ann' });
    await settle();
    await fleet.clock.advance(15_001);
    await first!.breakers.breaker('pay').run(works);
    await settle();
    const late = fleet.join();
    late.line.isCut = true;
    expect(await outcomeOf(late.breakers.breaker('pay').run(works))).toBe('succeeded');
    expect(late.breakers.breaker('pay').view().state).toBe('shadow');
  });

  test('without records too, each instance is on its own, and says so', async () => {
    const fleet = aBreakerFleet();
    const member = fleet.members[0]!;
    await member.breakers.ready();
    fleet.records.readAll = async () => {
      throw new CodedError('store_unavailable', 'the records are away');
    };
    member.line.isCut = true;
    await callFor(member, 15_000, fleet.clock.advance);
    expect(member.breakers.modes.view).toMatchObject({
      mode: 'local',
      because: 'the line is cut; the records are away',
    });
    expect(modesTold(member)).toEqual(['shared → records', 'records → local']);
  });
});

describe('when the hot store is there again', () => {
  test('what was counted meanwhile does not open the fleet’s breaker', async () => {
    const { members, clock } = aBreakerFleet({
      instances: 4,
      rules: { failures: 0, failureRate: 0.5, minimumCalls: 40, openMs: 1_000 },
    });
    for (const { breakers } of members) await breakers.breaker('pay').run(works);
    await settle();
    for (const { line } of members) line.isCut = true;
    for (const { breakers } of members)
      for (let call = 0; call < 30; call++) await outcomeOf(breakers.breaker('pay').run(fails));
    for (const { line } of members) line.isCut = false;
    for (const member of members) await callFor(member, 10_000, clock.advance);
    for (const { breakers } of members) {
      expect(breakers.modes.view.mode).toBe('shared');
      expect(breakers.breaker('pay').view()).toMatchObject({ state: 'closed', version: 0 });
    }
  });

  test('instances that know more than a store that came back empty tell it, and nobody is let through', async () => {
    const fleet = aBreakerFleet({ instances: 2, rules: { failures: 2, openMs: 30_000 } });
    const [one, other] = fleet.members;
    await other!.breakers.ready();
    for (let call = 0; call < 2; call++) await outcomeOf(one!.breakers.breaker('pay').run(fails));
    await settle();
    const { version } = one!.breakers.breaker('pay').view();
    fleet.emptyStates();
    await settle();
    expect((await fleet.states.readAll()).breakers).toMatchObject([{ name: 'pay', state: 'open', version }]);
    const late = fleet.join();
    for (const { breakers } of [one!, other!, late])
      expect(await breakers.breaker('pay').run(works)).toMatchObject({ kind: 'refused', scope: 'fleet' });
  });

  test('an outage of its own that it found meanwhile goes on, and ends by its own probes', async () => {
    const { members, clock } = aBreakerFleet({ instances: 2, rules: { failures: 3, openMs: 30_000, successes: 1 } });
    const [one, other] = members;
    await one!.breakers.ready();
    one!.line.isCut = true;
    for (let call = 0; call < 3; call++) await outcomeOf(one!.breakers.breaker('pay').run(fails));
    one!.line.isCut = false;
    const ends = await callFor(one!, 10_000, clock.advance);
    expect(new Set(ends)).toEqual(new Set(['refused']));
    expect(one!.breakers.modes.view.mode).toBe('shared');
    expect(await outcomeOf(other!.breakers.breaker('pay').run(works))).toBe('succeeded');
    expect(await callFor(one!, 60_000, clock.advance)).toContain('succeeded');
    expect(one!.breakers.breaker('pay').view().state).toBe('closed');
  });
});
