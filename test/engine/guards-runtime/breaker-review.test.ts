import { describe, expect, test } from '@jest/globals';
import { aGuardBench } from '../guards/a-guard-bench.ts';
import { aBreakerFleet, type BreakerFleet, fails, outcomeOf, settle, works } from './a-breaker-fleet.ts';

test('what may open a breaker is told before what thousands of targets that are well have to tell', async () => {
  const { members, states } = aBreakerFleet();
  const { breakers } = members[0]!;
  await breakers.ready();
  await settle();
  for (let target = 0; target < 2_500; target++) await breakers.breaker(`target-${target}`).run(works);
  const dead = breakers.breaker('dead');
  for (let call = 0; call < 5; call++) await outcomeOf(dead.run(fails));
  await settle();
  expect((await states.readAll()).breakers.map(({ name, state }) => [name, state])).toEqual([['dead', 'open']]);
});

test('a frozen instance does not tell what it counted an hour ago as if it were of now', async () => {
  const window = { kind: 'time', ms: 60_000 } as const;
  const { members, clock, states } = aBreakerFleet({ rules: { failures: 0, failureRate: 0.5, window } });
  const { breakers } = members[0]!;
  await breakers.ready();
  const pay = breakers.breaker('pay');
  for (let call = 0; call < 60; call++) await outcomeOf(pay.run(call % 5 < 3 ? works : fails));
  await settle();
  await clock.advance(3_600_000);
  for (let call = 0; call < 12; call++) await outcomeOf(pay.run(fails));
  await settle();
  expect((await states.readAll()).breakers).toEqual([]);
});

test('calls that were slow after others had followed each other closely open it when the next one is timed', async () => {
  const { breakers, clock } = aGuardBench();
  const pay = breakers.breaker('pay', { failures: 0, slowRate: 0.5, slowMs: 1_000, minimumCalls: 10 });
  for (let call = 0; call < 10_400; call++) await pay.run(works);
  await clock.advance(3_600_000);
  let made = 0;
  for (let call = 0; call < 40; call++)
    await pay.run(async () => {
      made++;
      await clock.advance(2_000);
    });
  expect(made).toBeLessThanOrEqual(16);
});

test('calls of which every sixteenth is slow are not taken for slow', async () => {
  const { breakers, clock } = aGuardBench();
  for (let phase = 0; phase < 16; phase++) {
    const window = { kind: 'time', ms: 1_000 } as const;
    const pay = breakers.breaker(`pay-${phase}`, { failures: 0, slowRate: 0.5, slowMs: 1, window });
    for (let call = 0; call < 26_000; call++)
      await pay.run(async () => {
        if (call % 16 === phase) await clock.advance(1.1);
      });
    expect([phase, pay.view().state]).toEqual([phase, 'closed']);
  }
});

test('what was read of the records before others brought in something newer is not taken for the newest', async () => {
  const { members, records, clock } = aBreakerFleet();
  const { breakers } = members[0]!;
  await breakers.ready();
  const { readAll } = records;
  const slow = Promise.withResolvers<void>();
  Object.assign(records, {
    async readAll() {
      const read = await readAll();
      await slow.promise;
      return read;
    },
  });
  await clock.advance(61_000);
  breakers.look();
  const record = { name: 'pay', revision: 1, changedAt: 1, changedBy: 'operator:ann', spec: { failures: 7 } };
  breakers.configure([record]);
  slow.resolve();
  await settle();
  expect(breakers.breaker('pay').view()).toMatchObject({ rules: { failures: 7 }, revision: 1 });
});

test('one bad instance that asks for every probe first keeps nobody shut out: others go first when its probe has failed', async () => {
  const { members, clock, states } = aBreakerFleet({ instances: 4 });
  await Promise.all(members.map(({ breakers }) => breakers.ready()));
  await settle();
  const [bad, ...good] = members.map(({ breakers }) => breakers.breaker('pay'));
  for (let call = 0; call < 10; call++) await outcomeOf(bad!.run(fails));
  await settle();
  expect((await states.readAll()).breakers).toMatchObject([{ state: 'open' }]);
  for (let second = 0; second < 300; second++) {
    for (let call = 0; call < 10; call++) await outcomeOf(bad!.run(fails));
    if (second % 4 === 0) await outcomeOf(good[(second / 4) % 3]!.run(works));
    await settle();
    await clock.advance(1_000);
  }
  expect((await states.readAll()).breakers).toMatchObject([{ state: 'closed' }]);
  expect(await Promise.all(good.map((pay) => outcomeOf(pay.run(works))))).toEqual(Array(3).fill('succeeded'));
});

test('who asks a store that does not answer for leave to be a probe waits no longer than a tenth of a second', async () => {
  const { members, clock } = aBreakerFleet();
  const { breakers, line } = members[0]!;
  await breakers.ready();
  const pay = breakers.breaker('pay');
  for (let call = 0; call < 5; call++) await outcomeOf(pay.run(fails));
  await settle();
  await clock.advance(60_000);
  const answer = Promise.withResolvers<void>();
  line.hangs = answer.promise;
  const ran = outcomeOf(pay.run(works));
  await settle();
  await clock.advance(100);
  expect(await Promise.race([ran, settle().then(() => 'waits')])).toBe('refused');
  answer.resolve();
  await settle();
  await clock.advance(100);
  expect(await outcomeOf(pay.run(works))).toBe('succeeded');
});

test('an instance hears of those that begin after it, and believes that they are fewer only when they were for long', async () => {
  const fleet = aBreakerFleet();
  const [first] = fleet.members;
  await first!.breakers.ready();
  await settle();
  for (let more = 0; more < 9; more++) await fleet.join().breakers.ready();
  const callAll = async (members = fleet.members) => {
    for (const { breakers } of members) await breakers.breaker('pay').run(works);
    await settle();
    await fleet.clock.advance(31_000);
  };
  await callAll();
  await callAll();
  expect(first!.breakers.instances).toBe(10);
  await callAll([first!]);
  expect(first!.breakers.instances).toBe(10);
  for (let time = 0; time < 21; time++) await callAll([first!]);
  expect(first!.breakers.instances).toBe(1);
});

describe('what an operator decides while Redis is away', () => {
  type Kind = 'forced_open' | 'disabled';
  const by = { reason: 'the target is being moved', by: 'ann' };

  /** Stored, and told to the fleet where it can be told. */
  async function decide(fleet: BreakerFleet, revision: number, kind?: Kind): Promise<void> {
    const override = kind && { kind, ...by };
    const at = fleet.clock.now();
    const record = { name: 'pay', revision, changedAt: at, changedBy: 'operator:ann', ...(override && { override }) };
    const line = { guard: 'breaker', name: 'pay', at, by: 'operator:ann', because: 'moved', number: revision } as const;
    await fleet.records.changeBreaker({ record, line: { ...line, action: kind ? 'forced' : 'released' } });
    if (!fleet.members[0]!.line.isCut) await fleet.states.override('pay', override);
  }

  test.each<[Kind, Kind | undefined, string]>([
    ['forced_open', undefined, 'pass'],
    ['disabled', 'forced_open', 'refused'],
  ])('holds over what Redis said last: %s, then %s', async (before, after, becomes) => {
    const fleet = aBreakerFleet();
    const { breakers, line } = fleet.members[0]!;
    await breakers.ready();
    await settle();
    await decide(fleet, 1, before);
    await settle();
    const pay = breakers.breaker('pay');
    expect(pay.view().state).toBe(before);
    line.isCut = true;
    await outcomeOf(breakers.breaker('other').run(fails));
    await fleet.clock.advance(10_000);
    await decide(fleet, 2, after);
    for (let second = 0; second < 12; second++) {
      await fleet.clock.advance(1_000);
      pay.tryAcquire();
      await settle();
    }
    expect(pay.tryAcquire().kind).toBe(becomes);
  });
});
