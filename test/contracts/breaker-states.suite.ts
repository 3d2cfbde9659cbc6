import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BreakerRules, defaultBreakerRules } from '../../shared/policy/breaker/index.ts';
import type { BreakerReport, BreakerStates, BreakerTransition, FleetBreaker } from '../../shared/ports/index.ts';

export interface OpenBreakerStates {
  readonly states: BreakerStates;
  /** The same as another instance would meet them. */
  other(): BreakerStates;
  /** Lets so much time pass by the clock of the store. */
  pass(ms: number): Promise<void>;
  close(): void | Promise<void>;
}

/** Times are such that a store whose clock cannot be moved is waited for, too. */
export const suiteRules: BreakerRules = {
  ...defaultBreakerRules,
  failures: 3,
  window: { kind: 'time', ms: 600_000 },
  openMs: 100,
  openMsMost: 1_000,
  probes: 2,
  successes: 2,
  probeMs: 5_000,
  spreadMs: 300,
};

const failedNever = { calls: 1, failures: 0, slow: 0, failuresInRow: 0 } as const;

/** What every BreakerStates promises. */
export function describeBreakerStates(name: string, open: () => OpenBreakerStates | Promise<OpenBreakerStates>): void {
  describe(`${name} as BreakerStates`, () => {
    let opened: OpenBreakerStates;
    let states: BreakerStates;

    beforeEach(async () => {
      opened = await open();
      states = opened.states;
    });
    afterEach(() => opened.close());

    async function report(instance: string, said: Partial<BreakerReport> = {}): Promise<FleetBreaker> {
      const counts = { calls: 0, failures: 0, slow: 0, failuresInRow: 0 };
      const [breaker] = await states.report(instance, [{ name: 'pay', rules: suiteRules, ...counts, ...said }]);
      return breaker!;
    }

    /** So many failures and nothing else. */
    const fail = (instance: string, failures: number, said: Partial<BreakerReport> = {}) =>
      report(instance, { calls: failures, failures, failuresInRow: failures, ...said });

    const ask = (instance: string, rules = suiteRules, known?: FleetBreaker) =>
      states.askProbe(instance, 'pay', rules, known);

    async function probe(instance: string): Promise<number> {
      const answer = await ask(instance);
      return answer.kind === 'granted' ? answer.probe : Number.NaN;
    }

    const settle = (number: number, outcome: 'succeeded' | 'failed' | 'unheard') =>
      states.settleProbe('a', 'pay', number, outcome, suiteRules);

    /** Opened by one instance, and so long ago that it may be probed. */
    async function openAndWait(): Promise<FleetBreaker> {
      const breaker = await fail('a', 3);
      await opened.pass(125);
      return breaker;
    }

    test('of a breaker that nobody has heard of nothing is held against it', async () => {
      expect(await report('a')).toMatchObject({ name: 'pay', version: 0, state: 'closed', openings: 0 });
      expect(await ask('a')).toMatchObject({ kind: 'closed' });
      expect((await states.readAll()).breakers).toEqual([]);
    });

    test('failures in a row open it for the time that the rules say, and a fifth more or less', async () => {
      expect(await fail('a', 2)).toMatchObject({ state: 'closed', version: 0 });
      const breaker = await fail('a', 1);
      expect(breaker).toMatchObject({ state: 'open', openings: 1, because: '3 failures in a row' });
      expect(breaker.version).toBeGreaterThan(0);
      expect(breaker.openForMs).toBeGreaterThanOrEqual(80);
      expect(breaker.openForMs).toBeLessThanOrEqual(121);
    });

    test('a success that anybody reports ends the runs of all', async () => {
      await fail('a', 2);
      await report('b', { calls: 1 });
      expect(await fail('a', 2)).toMatchObject({ state: 'closed' });
      await report('a', { calls: 5, failures: 4, failuresInRow: 2 });
      expect(await fail('b', 1)).toMatchObject({ state: 'closed' });
      expect(await fail('b', 1)).toMatchObject({ state: 'open', because: '4 failures in a row at 2 instances' });
    });

    test('a success of before others began to fail does not end their run, however late it is told', async () => {
      await fail('a', 1);
      await opened.pass(50);
      await report('b', { calls: 9, failures: 1, failuresInRow: 1, succeededAgoMs: 10_000 });
      expect(await report('c', { calls: 5, failures: 1, failuresInRow: 1, succeededAgoMs: 10 })).toMatchObject({
        state: 'closed',
      });
      await report('b', { calls: 4, failures: 1, failuresInRow: 1, succeededAgoMs: 10_000 });
      expect(await report('b', { calls: 4, failures: 1, failuresInRow: 1, succeededAgoMs: 10_000 })).toMatchObject({
        state: 'closed',
      });
      expect(await fail('a', 2)).toMatchObject({ state: 'open', because: '4 failures in a row at 3 instances' });
    });

    test('several reports are answered in their order, each for its own breaker', async () => {
      const one = { rules: suiteRules, slow: 0 };
      const bad = { ...one, name: 'bad', calls: 3, failures: 3, failuresInRow: 3 };
      const good = { ...one, name: 'good', calls: 3, failures: 0, failuresInRow: 0 };
      const answers = await states.report('a', [good, bad, { ...good, name: 'better' }]);
      expect(answers.map(({ name, state }) => [name, state])).toEqual([
        ['good', 'closed'],
        ['bad', 'open'],
        ['better', 'closed'],
      ]);
    });

    const byRate = { ...suiteRules, failures: 0, minimumCalls: 10, failureRate: 0.5 };

    test('the share of failures opens it, once there are enough calls', async () => {
      expect(await report('a', { rules: byRate, calls: 9, failures: 9 })).toMatchObject({ state: 'closed' });
      expect(await report('a', { rules: byRate, calls: 10 })).toMatchObject({ state: 'closed' });
      expect(await report('a', { rules: byRate, calls: 3, failures: 2 })).toMatchObject({
        state: 'open',
        because: '11 of 22 calls failed',
      });
    });

    test('the share of slow calls opens it', async () => {
      const rules = { ...suiteRules, slowRate: 0.2, slowMs: 10 };
      expect(await report('a', { rules, calls: 25, slow: 4 })).toMatchObject({ state: 'closed' });
      expect(await report('a', { rules, calls: 5, slow: 2 })).toMatchObject({
        state: 'open',
        because: '6 of 30 calls were slow',
      });
    });

    test('calls that have left the window of time are not counted', async () => {
      const rules = { ...byRate, window: { kind: 'time', ms: 200 } as const };
      await report('a', { rules, calls: 9, failures: 9 });
      await opened.pass(250);
      expect(await report('a', { rules, calls: 9, failures: 9 })).toMatchObject({ state: 'closed' });
    });

    test('a window of calls holds the last ones, to a tenth', async () => {
      const rules = { ...byRate, failureRate: 0.3, window: { kind: 'count', calls: 100 } as const };
      for (let at = 0; at < 3; at++) await report('a', { rules, calls: 10, failures: 2 });
      for (let at = 0; at < 10; at++) await report('a', { rules, calls: 10 });
      for (let at = 0; at < 3; at++)
        expect(await report('a', { rules, calls: 10, failures: 9 })).toMatchObject({ state: 'closed' });
      expect(await report('a', { rules, calls: 10, failures: 9 })).toMatchObject({ state: 'open' });
    });

    test('with another window counting begins anew, for all', async () => {
      await fail('b', 2);
      await report('a', { rules: byRate, calls: 9, failures: 9 });
      const window = { kind: 'time', ms: 300_000 } as const;
      expect(await report('a', { rules: { ...byRate, window }, calls: 9, failures: 9 })).toMatchObject({
        state: 'closed',
      });
      expect(await fail('a', 3, { rules: { ...suiteRules, window } })).toMatchObject({
        state: 'open',
        because: '3 failures in a row',
      });
    });

    test('poison guard: one instance of several never opens it, however bad it is', async () => {
      await report('b', { rules: byRate, calls: 20 });
      await report('c', { rules: byRate, calls: 20 });
      for (let at = 0; at < 10; at++)
        expect(await fail('a', 100, { rules: { ...byRate, failures: 3 } })).toMatchObject({ state: 'closed' });
      expect(await fail('b', 60, { rules: byRate })).toMatchObject({
        state: 'open',
        because: '1060 of 1100 calls failed at 3 instances',
      });
    });

    test('what an instance says of itself opens it where it is the only one', async () => {
      const wouldOpen = 'an outage is evident';
      expect(await report('a', { calls: 5, failures: 1, wouldOpen })).toMatchObject({
        state: 'open',
        because: wouldOpen,
      });
    });

    test('what instances say of themselves opens it when two and half of them do', async () => {
      const wouldOpen = 'an outage is evident';
      for (const instance of ['a', 'b', 'c', 'd', 'e']) await report(instance, { calls: 5 });
      expect(await report('a', { calls: 1, wouldOpen })).toMatchObject({ state: 'closed' });
      expect(await report('b', { calls: 1, wouldOpen })).toMatchObject({ state: 'closed' });
      await report('a', { calls: 1 });
      expect(await report('c', { calls: 1, wouldOpen })).toMatchObject({ state: 'closed' });
      const because = 'an outage is evident, and so say 3 of 5 instances';
      expect(await report('d', { calls: 1, wouldOpen })).toMatchObject({ state: 'open', because });
    });

    test('while it is open no probe is let through, and its time is told', async () => {
      await fail('a', 3);
      const answer = await ask('b');
      expect(answer).toMatchObject({ kind: 'refused', breaker: { state: 'open' } });
      expect(answer.kind === 'refused' && answer.retryInMs).toBeLessThanOrEqual(121);
      expect(answer.kind === 'refused' && answer.retryInMs).toBeGreaterThan(0);
    });

    test('after that as many probes are under way as the rules say, whoever asks and however many at once', async () => {
      await openAndWait();
      const asked = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 === 0 ? states : opened.other()).askProbe(`i${at}`, 'pay', suiteRules),
        ),
      );
      const granted = asked.flatMap((answer) => (answer.kind === 'granted' ? [answer.probe] : []));
      expect(new Set(granted).size).toBe(2);
      expect(asked.filter(({ kind }) => kind === 'refused').length).toBe(18);
      await settle(granted[0]!, 'unheard');
      expect((await Promise.all([ask('a'), ask('b')])).map(({ kind }) => kind).sort()).toEqual(['granted', 'refused']);
    });

    test('a refusal while probes are under way says when one of them is lost at the latest', async () => {
      await openAndWait();
      const rules = { ...suiteRules, probes: 1, probeMs: 60 };
      expect(await ask('a', rules)).toMatchObject({ kind: 'granted' });
      const answer = await ask('b', rules);
      expect(answer.kind === 'refused' && answer.retryInMs).toBeLessThanOrEqual(60);
    });

    test('probes that succeed close it, and it is as if nothing had ever been', async () => {
      await openAndWait();
      const [one, two] = [await probe('a'), await probe('b')];
      expect(await settle(one, 'succeeded')).toMatchObject({ state: 'half_open' });
      expect(await settle(two, 'succeeded')).toMatchObject({
        state: 'closed',
        openings: 0,
        because: '2 probes succeeded in a row',
      });
      expect(await fail('a', 2)).toMatchObject({ state: 'closed' });
      expect(await fail('a', 1)).toMatchObject({ state: 'open', openings: 1 });
    });

    test('a probe that fails opens it for twice as long, and no longer than the most', async () => {
      await openAndWait();
      const again = await settle(await probe('a'), 'failed');
      expect(again).toMatchObject({ state: 'open', openings: 2, because: 'a probe failed' });
      expect(again.openForMs).toBeGreaterThanOrEqual(160);
      expect(again.openForMs).toBeLessThanOrEqual(241);
    });

    test('a probe that is not under way any more changes nothing', async () => {
      await openAndWait();
      const [one, other] = [await probe('a'), await probe('b')];
      await settle(one, 'succeeded');
      expect(await settle(one, 'succeeded')).toMatchObject({ state: 'half_open' });
      expect(await settle(other + 1, 'failed')).toMatchObject({ state: 'half_open' });
    });

    test('a probe of which nobody hears is lost after its time, and its number is never given again', async () => {
      await openAndWait();
      const rules = { ...suiteRules, probes: 1, probeMs: 40 };
      const lost = await ask('a', rules);
      await opened.pass(60);
      const next = await ask('b', rules);
      expect([lost.kind, next.kind]).toEqual(['granted', 'granted']);
      const number = lost.kind === 'granted' ? lost.probe : Number.NaN;
      expect(next.kind === 'granted' && next.probe > number).toBe(true);
      expect(await states.settleProbe('a', 'pay', number, 'failed', rules)).toMatchObject({ state: 'half_open' });
    });

    test('while it is not closed only probes tell', async () => {
      const { version } = await openAndWait();
      expect(await fail('b', 50)).toMatchObject({ state: 'open', version });
      const number = await probe('a');
      expect(await report('b', { calls: 50 })).toMatchObject({ state: 'half_open' });
      expect(await settle(number, 'unheard')).toMatchObject({ state: 'half_open' });
    });

    test('what was counted before it was closed is of another time, and does not open it again', async () => {
      const first = await openAndWait();
      await settle(await probe('a'), 'succeeded');
      const closed = await settle(await probe('a'), 'succeeded');
      expect(await fail('b', 50, { known: first })).toMatchObject({ state: 'closed', version: closed.version });
      expect(await fail('a', 3, { known: closed })).toMatchObject({ state: 'open' });
    });

    test('whose probes have closed it calls the target: another one alone does not open it again', async () => {
      await openAndWait();
      await settle(await probe('a'), 'succeeded');
      const known = await settle(await probe('a'), 'succeeded');
      expect(await fail('b', 50, { known })).toMatchObject({ state: 'closed' });
      expect(await fail('a', 2, { known })).toMatchObject({ state: 'open' });
    });

    const forced = { kind: 'forced_open', reason: 'it loses money', by: 'ann' } as const;

    test('an override is kept until it is taken away, and everybody is given it', async () => {
      const before = await states.override('pay', forced);
      expect(before).toMatchObject({ state: 'closed', override: forced });
      expect(await report('b', { calls: 1 })).toEqual(before);
      const after = await states.override('pay', undefined);
      expect(after.override).toBeUndefined();
      expect(after.version).toBeGreaterThan(before.version);
    });

    test('an override ends with its time, and that is a transition', async () => {
      const { breakers } = await states.readAll();
      expect(breakers).toEqual([]);
      const now = (await states.override('clock', forced)).version;
      await states.override('pay', { ...forced, until: now + 60 });
      await opened.pass(80);
      expect((await report('a', { calls: 1 })).override).toBeUndefined();
      expect((await states.transitions([], 10)).at(-1)).toMatchObject({
        name: 'pay',
        from: 'closed',
        to: 'closed',
        because: 'what ann decided (forced_open) has ended',
      });
    });

    test('under an override nothing is counted, but by a shadow', async () => {
      await states.override('pay', { ...forced, kind: 'forced_closed' });
      expect(await fail('a', 5)).toMatchObject({ state: 'closed' });
      await states.override('pay', { ...forced, kind: 'shadow' });
      expect(await fail('a', 3)).toMatchObject({ state: 'open', override: { kind: 'shadow' } });
    });

    test('who forces it closed ends the outage: it is not open again when the override is taken away', async () => {
      await fail('a', 3);
      const closed = await states.override('pay', { ...forced, kind: 'forced_closed' });
      expect(closed).toMatchObject({ state: 'closed', openings: 0, override: { kind: 'forced_closed' } });
      expect(await states.override('pay', undefined)).toMatchObject({ state: 'closed', openings: 0 });
      const changes = (await states.transitions([], 10)).map(({ from, to }) => [from, to]);
      expect(changes).toEqual([
        ['closed', 'open'],
        ['open', 'closed'],
        ['closed', 'closed'],
      ]);
    });

    test('a reset closes it, and its counts and overrides are gone', async () => {
      await openAndWait();
      await states.override('pay', forced);
      expect(await states.override('pay', undefined, true)).toEqual({
        name: 'pay',
        version: expect.any(Number),
        state: 'closed',
        openings: 0,
        because: 'it was reset',
      });
      expect(await fail('a', 2)).toMatchObject({ state: 'closed' });
      const known = await states.override('pay', undefined, true);
      expect(await fail('a', 2, { known })).toMatchObject({ state: 'closed' });
    });

    test('who watches hears how many instances there are when one that it speaks for reports', async () => {
      const heard: number[] = [];
      const unwatch = states.watch(
        () => {},
        () => {},
        (instances) => heard.push(instances),
      );
      await opened.other().report('b', [{ name: 'pay', rules: suiteRules, ...failedNever }]);
      await report('a', { calls: 1 });
      unwatch();
      await report('c', { calls: 1 });
      expect(heard.at(-1)).toBe(2);
    });

    test('all breakers to which anything has happened are read, and how many instances there are', async () => {
      await fail('a', 3);
      await states.report('b', [{ ...(await quiet('well')), name: 'well' }]);
      await states.override('forced', forced);
      const { breakers, instances } = await opened.other().readAll();
      expect(breakers.map(({ name, state }) => [name, state]).sort()).toEqual([
        ['forced', 'closed'],
        ['pay', 'open'],
      ]);
      expect(instances).toBe(2);
    });

    async function quiet(name: string): Promise<BreakerReport> {
      return { name, rules: suiteRules, calls: 1, failures: 0, slow: 0, failuresInRow: 0 };
    }

    test('every transition is given until it is acknowledged, the oldest first', async () => {
      const first = await openAndWait();
      await settle(await probe('b'), 'failed');
      await opened.pass(5);
      await states.override('other', forced);
      const all = await states.transitions([], 10);
      expect(all.map(({ name, from, to }) => `${name} ${from} ${to}`)).toEqual([
        'pay closed open',
        'pay open half_open',
        'pay half_open open',
        'other closed closed',
      ]);
      const { at, ...rest } = all[0]!;
      const because = '3 failures in a row';
      expect(rest).toEqual({ name: 'pay', version: first.version, from: 'closed', to: 'open', because, instance: 'a' });
      expect(at).toBeGreaterThan(0);
      expect(all[3]).toMatchObject({
        override: forced,
        instance: 'ann',
        because: 'forced_open by ann: it loses money',
      });
      expect(await states.transitions([], 2)).toEqual(all.slice(0, 2));
      expect(await opened.other().transitions(all.slice(0, 2), 10)).toEqual(all.slice(2));
      expect(await states.transitions(all, 10)).toEqual([]);
      expect(await opened.other().transitions([], 10)).toEqual([]);
    });

    test('of transitions that nobody acknowledges the last thousand of a breaker are kept', async () => {
      for (let at = 0; at < 1_003; at++) await states.override('pay', { ...forced, reason: `the ${at}th` });
      const kept = await states.transitions([], 2_000);
      expect(kept.length).toBe(1_000);
      expect(kept[0]).toMatchObject({ override: { reason: 'the 3th' } });
      expect(kept.at(-1)).toMatchObject({ override: { reason: 'the 1002th' } });
    });

    test('whoever watches is told to read all first, and then hears of every change, until it stops', async () => {
      const heard: FleetBreaker[] = [];
      let stop = () => {};
      await new Promise<void>((resolve) => {
        stop = opened.other().watch((breaker) => void heard.push(breaker), resolve);
      });
      const all: FleetBreaker[] = [await openAndWait()];
      const number = await probe('b');
      all.push(await settle(number, 'failed'), await states.override('other', forced));
      await opened.pass(50);
      const versions = heard.map(({ name, version }) => `${name} ${version}`);
      for (const { name, version } of all) expect(versions).toContain(`${name} ${version}`);
      expect(heard.length).toBe(4);
      stop();
      await states.override('other', undefined);
      await opened.pass(50);
      expect(heard.length).toBe(4);
    });

    const known = { name: 'pay', openings: 3, because: 'it was bad' } as const;
    const later = 4_000_000_000_000;

    test('a store that knows less takes over what an instance knows, and goes on from there', async () => {
      const open: FleetBreaker = { ...known, version: later, state: 'open', openForMs: 5_000, override: forced };
      const taken = await report('a', { known: open });
      expect(taken).toMatchObject({ ...open, openForMs: expect.any(Number) });
      expect(taken.openForMs).toBeLessThanOrEqual(5_000);
      expect(taken.openForMs).toBeGreaterThan(4_000);
      expect(await states.transitions([], 10)).toEqual([]);
      expect((await states.override('pay', undefined)).version).toBe(later + 1);
    });

    test('a store that knows more does not', async () => {
      const breaker = await fail('a', 3);
      const stale: FleetBreaker = { ...known, version: breaker.version - 1, state: 'half_open' };
      expect(await report('b', { known: stale })).toMatchObject({ state: 'open', version: breaker.version });
      expect(await ask('b', suiteRules, stale)).toMatchObject({ kind: 'refused', breaker: { state: 'open' } });
    });

    test('who asks for a probe tells what it knows, so that a store that came back empty lets nobody through', async () => {
      const open: FleetBreaker = { ...known, version: later, state: 'open', openForMs: 5_000 };
      expect(await ask('a', suiteRules, open)).toMatchObject({ kind: 'refused', breaker: { version: later } });
      expect(await ask('b')).toMatchObject({ kind: 'refused' });
    });

    test('one that is taken over half open lets no probe through while earlier ones may be under way', async () => {
      const rules = { ...suiteRules, probeMs: 60 };
      const half: FleetBreaker = { ...known, version: later, state: 'half_open' };
      expect(await ask('a', rules, half)).toMatchObject({ kind: 'refused', breaker: { state: 'half_open' } });
      await opened.pass(80);
      expect(await ask('a', rules, half)).toMatchObject({ kind: 'granted' });
    });

    test('versions only grow, and none is given twice', async () => {
      const versions: number[] = [];
      for (let at = 0; at < 50; at++) {
        versions.push((await fail('a', 3)).version, (await states.override('pay', undefined, true)).version);
      }
      expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
      const kept = await states.transitions([], 1_000);
      expect(kept.map(({ version }) => version)).toEqual(versions);
    });

    test('any text is a name, and no two of them are the same', async () => {
      const names = ['http:https://a.example/{x}', '}', '', 'b/pay', 'ü \u{1f6a2}', '__proto__', 'a:b', "it's", '*'];
      for (const each of names) await states.override(each, { ...forced, reason: each || 'none' });
      const { breakers } = await states.readAll();
      expect(breakers.map(({ name, override }) => [name, override?.reason]).sort()).toEqual(
        names.map((each) => [each, each || 'none']).sort(),
      );
      const all: BreakerTransition[] = [...(await states.transitions([], 100))];
      expect(all.map((one) => one.name).sort()).toEqual([...names].sort());
    });
  });
}
