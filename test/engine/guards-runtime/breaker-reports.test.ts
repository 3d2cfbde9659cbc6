import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../shared/core/random.ts';
import { aBreakerFleet, fails, outcomeOf, settle, works } from './a-breaker-fleet.ts';

const all = (asked: Record<string, number>) => Object.values(asked).reduce((sum, times) => sum + times, 0);

describe('what an instance tells the fleet', () => {
  test.each([0, 0.05, 0.2, 0.4])(
    'is at most one question for 20 calls at concurrency 64, where a share of %s fails',
    async (share) => {
      const { members, clock } = aBreakerFleet({ rules: { failures: 40 } });
      const { breakers, line } = members[0]!;
      const pay = breakers.breaker('pay');
      const random = seededRandom(7);
      await breakers.ready();
      const [before, calls] = [all(line.asked), 6_000];
      let made = 0;
      const call = async () => {
        await clock.sleep(1 + random.next() * 200);
        return random.next() < share ? fails() : works();
      };
      const worker = async () => {
        while (made++ < calls) await outcomeOf(pay.run(call));
      };
      const working = Promise.all(Array.from({ length: 64 }, worker));
      const isOver = working.then(() => true);
      while (!(await Promise.race([isOver, clock.advance(1_000).then(() => false)])));
      breakers.look();
      await settle();
      expect((all(line.asked) - before) / calls).toBeLessThanOrEqual(0.05);
      expect(pay.view().state).toBe('closed');
    },
  );

  test('is once a second where nothing fails, however often it is called', async () => {
    const { members, clock } = aBreakerFleet();
    const { breakers, line } = members[0]!;
    await breakers.ready();
    for (let call = 0; call < 1_000; call++) {
      await breakers.breaker('pay').run(works);
      await clock.advance(10);
    }
    expect(line.asked['report']).toBeGreaterThanOrEqual(8);
    expect(line.asked['report']).toBeLessThanOrEqual(11);
  });

  test('waits for no timer: what is due goes with the next call, and nothing is asleep meanwhile', async () => {
    const { members, clock } = aBreakerFleet();
    const { breakers, line } = members[0]!;
    await breakers.ready();
    await breakers.breaker('pay').run(works);
    await settle();
    const before = line.asked['report'] ?? 0;
    await breakers.breaker('pay').run(works);
    await settle();
    expect(clock.sleepers).toBe(0);
    await clock.advance(3_600_000);
    expect(line.asked['report'] ?? 0).toBe(before);
    await breakers.breaker('pay').run(works);
    await settle();
    expect(line.asked['report']).toBe(before + 1);
  });

  test('has all breakers in it that have something to tell, and goes at the end as well', async () => {
    const { members, clock } = aBreakerFleet();
    const { breakers, line } = members[0]!;
    await breakers.ready();
    await clock.advance(1_000);
    for (let place = 0; place < 20; place++) await breakers.breaker(`pay-${place}`).run(works);
    await breakers.close();
    expect(line.asked['report']).toBeLessThanOrEqual(2);
  });
});

describe('transitions of the fleet', () => {
  test('are kept for good, each once, whoever brought them about, and told', async () => {
    const fleet = aBreakerFleet({ instances: 8, rules: { failures: 5, openMs: 10_000, successes: 1 } });
    for (let round = 0; round < 3; round++) {
      for (const { breakers } of fleet.members) await outcomeOf(breakers.breaker('pay').run(fails));
      await settle();
    }
    await fleet.clock.advance(12_100);
    await outcomeOf(fleet.members[3]!.breakers.breaker('pay').run(works));
    await settle();
    const { lines } = await fleet.records.readLines('breaker', 'pay', 100);
    expect(lines.map(({ before, after }) => `${before} → ${after}`).reverse()).toEqual([
      'closed → open',
      'open → half_open',
      'half_open → closed',
    ]);
    expect(await fleet.states.transitions([], 10)).toEqual([]);
    const told = fleet.members.flatMap((member) => member.told.filter((event) => event.kind === 'transition'));
    expect(told.filter((event) => event.kind === 'transition' && event.scope === undefined).length).toBe(3);
  });

  test('of an instance that died over it are kept by another', async () => {
    const fleet = aBreakerFleet({ instances: 2 });
    const [dying, other] = fleet.members;
    await other!.breakers.ready();
    dying!.line.isCut = true;
    const counts = { calls: 5, failures: 5, slow: 0, failuresInRow: 5 };
    const { rules } = other!.breakers.breaker('pay').view();
    await fleet.states.report('instance-0', [{ name: 'pay', rules, ...counts }]);
    await settle();
    expect(await fleet.records.lastTransitions()).toEqual([]);
    await fleet.clock.advance(15_001);
    other!.breakers.breaker('pay').tryAcquire();
    await settle();
    expect(await fleet.records.lastTransitions()).toMatchObject([{ name: 'pay', to: 'open', instance: 'instance-0' }]);
  });

  test('are not acknowledged before they are kept', async () => {
    const fleet = aBreakerFleet({ rules: { failures: 1 } });
    const { keepTransitions } = fleet.records;
    fleet.records.keepTransitions = () => Promise.reject(new Error('the records are away'));
    const { breakers } = fleet.members[0]!;
    await outcomeOf(breakers.breaker('pay').run(fails));
    await settle();
    expect(await fleet.states.transitions([], 10)).toHaveLength(1);
    fleet.records.keepTransitions = keepTransitions;
    await fleet.clock.advance(20_000);
    breakers.breaker('pay').tryAcquire();
    await settle();
    expect(await fleet.states.transitions([], 10)).toEqual([]);
    expect(await fleet.records.lastTransitions()).toHaveLength(1);
  });
});

describe('what operators configure', () => {
  test('goes before what the program says, and that before what holds for all', async () => {
    const fleet = aBreakerFleet({ rules: { failures: 9, openMs: 77_000 } });
    const { breakers } = fleet.members[0]!;
    await breakers.ready();
    const pay = breakers.breaker('pay', { failures: 3, openMs: 60_000, openMsMost: 600_000 });
    const plain = breakers.breaker('plain');
    expect(pay.view().rules).toMatchObject({ failures: 3, openMs: 60_000 });
    const record = { revision: 1, changedAt: 1, changedBy: 'operator:ann', spec: { failures: 7 } };
    breakers.configure([
      { name: 'pay', ...record },
      { name: 'plain', ...record },
    ]);
    expect(pay.view()).toMatchObject({ rules: { failures: 7, openMs: 60_000 }, spec: { failures: 7 }, revision: 1 });
    expect(plain.view().rules).toMatchObject({ failures: 7, openMs: 77_000 });
    breakers.configure([]);
    expect(pay.view()).toMatchObject({ rules: { failures: 3 }, revision: 0 });
  });
});
