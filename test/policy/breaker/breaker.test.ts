import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  admit,
  type BreakerOutcome,
  type BreakerRules,
  breachOf,
  closeBreaker,
  countsOf,
  createBreaker,
  record,
  retryAtOf,
  defaultBreakerRules as rules,
  stateOf,
} from '../../../shared/policy/breaker/index.ts';

/** A breaker in the hand: asked and told with times, and chance in the middle unless said. */
function held(own: BreakerRules = rules) {
  const breaker = createBreaker();
  return {
    breaker,
    get outage() {
      return breaker.outage;
    },
    ask(at: number, chance = 0.5) {
      return admit(breaker, own, at, () => chance);
    },
    tell(outcome: BreakerOutcome, at: number, probe?: number, chance = 0.5, tookMs = 0) {
      record(breaker, own, outcome, at, () => chance, tookMs, probe);
      return stateOf(breaker);
    },
  };
}

function opened() {
  const breaker = held();
  for (let failures = 0; failures < rules.failures; failures++) breaker.tell('failed', 0);
  return breaker;
}

describe('a breaker', () => {
  test('opens with the fifth failure in a row, and a success in between begins the row anew', () => {
    const breaker = held();
    for (let failures = 1; failures <= 4; failures++) expect(breaker.tell('failed', failures)).toBe('closed');
    expect(breaker.tell('succeeded', 5)).toBe('closed');
    for (let failures = 1; failures <= 4; failures++) expect(breaker.tell('failed', failures)).toBe('closed');
    expect(breaker.tell('failed', 9)).toBe('open');
  });

  test('is not moved by what says nothing of the target', () => {
    const breaker = held();
    for (let calls = 0; calls < 20; calls++) expect(breaker.tell('unheard', calls)).toBe('closed');
    for (let failures = 1; failures <= 4; failures++) breaker.tell('failed', 20);
    expect(breaker.tell('unheard', 21)).toBe('closed');
    expect(breaker.tell('failed', 22)).toBe('open');
  });

  test('refuses while it is open, and says by chance when to come back, so that not all come together', () => {
    const breaker = opened();
    expect(breaker.outage).toMatchObject({ until: 30_000 });
    expect(breaker.ask(29_999, 0)).toEqual({ kind: 'refused', retryAt: 30_000 });
    expect(breaker.ask(29_999, 1)).toEqual({ kind: 'refused', retryAt: 45_000 });
  });

  test('lets one probe through when its time is over, and refuses the rest at once', () => {
    const breaker = opened();
    expect(breaker.ask(30_000)).toEqual({ kind: 'admitted', probe: 1 });
    expect(breaker.ask(30_000, 0)).toEqual({ kind: 'refused', retryAt: 35_000 });
    expect(breaker.ask(30_000, 1)).toEqual({ kind: 'refused', retryAt: 50_000 });
  });

  test('closes after two probes that succeeded', () => {
    const breaker = opened();
    breaker.ask(30_000);
    expect(breaker.tell('succeeded', 30_100, 1)).toBe('half_open');
    expect(breaker.ask(30_200)).toEqual({ kind: 'admitted', probe: 2 });
    expect(breaker.tell('succeeded', 30_300, 2)).toBe('closed');
    expect(breaker.ask(30_400)).toEqual({ kind: 'admitted' });
  });

  test('opens for twice as long with each probe that failed, up to five minutes, by chance a fifth more or less', () => {
    const breaker = opened();
    const openFor: number[] = [];
    for (let at = 30_000, probe = 1; probe <= 5; probe++) {
      breaker.ask(at);
      breaker.tell('failed', at, probe);
      const { until } = breaker.outage!;
      openFor.push(until - at);
      at = until;
    }
    expect(openFor).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
    const quick = held();
    for (let failures = 0; failures < 5; failures++) quick.tell('failed', 0, undefined, 0);
    expect(quick.outage).toMatchObject({ until: 24_000 });
  });

  test('does not wait for ever for a probe whose caller died, nor take its late word for another’s', () => {
    const breaker = opened();
    breaker.ask(30_000);
    expect(breaker.ask(89_999)).toMatchObject({ kind: 'refused' });
    expect(breaker.ask(90_000)).toEqual({ kind: 'admitted', probe: 2 });
    expect(breaker.tell('failed', 90_001, 1)).toBe('half_open');
    expect(breaker.tell('succeeded', 90_002, 2)).toBe('half_open');
  });

  test('takes back a probe that was not made', () => {
    const breaker = opened();
    breaker.ask(30_000);
    expect(breaker.tell('unheard', 30_001, 1)).toBe('half_open');
    expect(breaker.ask(30_002)).toEqual({ kind: 'admitted', probe: 2 });
  });

  test('hears only probes while it is not closed: other calls were begun in another time', () => {
    const breaker = opened();
    expect(breaker.tell('succeeded', 1)).toBe('open');
    breaker.ask(30_000);
    expect(breaker.tell('failed', 30_001)).toBe('half_open');
    breaker.tell('succeeded', 30_002, 1);
    breaker.ask(30_003);
    expect(breaker.tell('succeeded', 30_004, 2)).toBe('closed');
    for (let late = 0; late < 9; late++) expect(breaker.tell('failed', 30_005, 2)).toBe('closed');
  });

  test('finds after a sleep of any length what it would have found awake', () => {
    for (const sleptMs of [1, 29_999, 30_000, 86_400_000]) {
      const { kind } = opened().ask(sleptMs);
      expect([sleptMs, kind]).toEqual([sleptMs, sleptMs < 30_000 ? 'refused' : 'admitted']);
    }
  });

  test('says when to ask again without giving a probe away', () => {
    const breaker = opened();
    const retryAt = (at: number, chance: number) => retryAtOf(breaker.breaker, rules, at, () => chance);
    expect([retryAt(1, 0), retryAt(1, 1)]).toEqual([30_000, 45_000]);
    expect(retryAt(30_000, 0)).toBeUndefined();
    expect(breaker.ask(30_000)).toEqual({ kind: 'admitted', probe: 1 });
    expect(retryAt(30_000, 0)).toBe(35_000);
    expect(retryAtOf(createBreaker(), rules, 0, () => 0)).toBeUndefined();
  });

  test('that is open is not open for longer because the clock was set back', () => {
    const breaker = held();
    for (let failures = 0; failures < 5; failures++) breaker.tell('failed', 86_400_000);
    expect(breaker.ask(1_000, 0)).toEqual({ kind: 'refused', retryAt: 31_000 });
    expect(breaker.ask(30_999, 0)).toEqual({ kind: 'refused', retryAt: 31_000 });
    expect(breaker.ask(31_000)).toMatchObject({ probe: 1 });
  });

  test('does not wait longer for a probe because the clock was set back', () => {
    const breaker = held();
    for (let failures = 0; failures < 5; failures++) breaker.tell('failed', 86_400_000);
    breaker.ask(86_430_000);
    expect(breaker.ask(1_000)).toMatchObject({ kind: 'refused' });
    expect(breaker.ask(60_999)).toMatchObject({ kind: 'refused' });
    expect(breaker.ask(61_000)).toMatchObject({ probe: 2 });
  });

  test('lets as many probes through as its rules say, and counts those that are lost one by one', () => {
    const breaker = held({ ...rules, failures: 1, probes: 3, successes: 4 });
    breaker.tell('failed', 0);
    for (let at = 30_000; at < 33_000; at += 1_000) expect(breaker.ask(at)).toMatchObject({ kind: 'admitted' });
    expect(breaker.ask(33_000)).toMatchObject({ kind: 'refused' });
    expect(breaker.ask(90_000)).toEqual({ kind: 'admitted', probe: 4 });
    expect(breaker.ask(90_001)).toMatchObject({ kind: 'refused' });
    expect(breaker.tell('succeeded', 90_001, 1)).toBe('half_open');
    for (const probe of [2, 3, 4]) expect(breaker.tell('succeeded', 90_001, probe)).toBe('half_open');
    expect(breaker.outage).toMatchObject({ successes: 3, probes: [] });
    breaker.ask(90_002);
    expect(breaker.tell('succeeded', 90_003, 5)).toBe('closed');
  });

  test('says why it opened', () => {
    const breaker = opened();
    expect(breaker.outage!.because).toBe('5 failures in a row');
    breaker.ask(30_000);
    breaker.tell('failed', 30_001, 1);
    expect(breaker.outage).toMatchObject({ because: 'a probe failed', openings: 2 });
  });

  test('that was closed by somebody knows of no failure, and gives no number of a probe again', () => {
    const breaker = opened();
    breaker.ask(30_000);
    closeBreaker(breaker.breaker);
    expect(countsOf(breaker.breaker, 0)).toEqual({ calls: 0, failures: 0, slow: 0, failuresInRow: 0 });
    for (let failures = 1; failures <= 4; failures++) expect(breaker.tell('failed', 30_002)).toBe('closed');
    expect(breaker.tell('failed', 30_002)).toBe('open');
    expect(breaker.ask(90_000)).toEqual({ kind: 'admitted', probe: 2 });
    const fresh = createBreaker();
    closeBreaker(fresh);
    expect(fresh).toEqual(createBreaker());
  });

  test('never has more probes under way than its rules say, and never refuses into the past', () => {
    const steps = fc.array(
      fc.record({ ms: fc.nat(40_000), ask: fc.boolean(), outcome: fc.constantFrom('succeeded', 'failed', 'unheard') }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (all, probes) => {
        const own = { ...rules, failures: 2, probes };
        const breaker = createBreaker();
        let under: { probe: number; at: number }[] = [];
        let at = 0;
        for (const { ms, ask, outcome } of all) {
          at += ms;
          if (ask) {
            const admission = admit(breaker, own, at, () => 0.3);
            if (admission.kind === 'refused') expect(admission.retryAt).toBeGreaterThan(at);
            else if (admission.probe !== undefined) under.push({ probe: admission.probe, at });
          } else {
            const told = under.shift()?.probe;
            record(breaker, own, outcome as BreakerOutcome, at, () => 0.3, 0, told);
          }
          if (stateOf(breaker) !== 'half_open') under = [];
          under = under.filter((each) => each.at + own.probeMs > at);
          expect(under.length).toBeLessThanOrEqual(probes);
        }
      }),
    );
  });
});

describe('a breaker that goes by rates', () => {
  const byRates: BreakerRules = {
    ...rules,
    failures: 0,
    failureRate: 0.5,
    slowRate: 0.6,
    slowMs: 100,
    minimumCalls: 10,
  };

  test('opens when the share of failures has come to the rate, and not before there are enough calls', () => {
    const breaker = held(byRates);
    for (let call = 0; call < 9; call++) expect(breaker.tell('failed', 0)).toBe('closed');
    expect(breaker.tell('failed', 0)).toBe('open');
    expect(breaker.outage!.because).toBe('10 of 10 calls failed');
    const mixed = held(byRates);
    for (let call = 0; call < 20; call++) mixed.tell('succeeded', 0);
    for (let call = 0; call < 19; call++) expect(mixed.tell('failed', 0)).toBe('closed');
    expect(mixed.tell('failed', 0)).toBe('open');
  });

  test('is not opened by a success, though it be the one that makes the calls enough', () => {
    const breaker = held(byRates);
    for (let call = 0; call < 9; call++) breaker.tell('failed', 0);
    expect(breaker.tell('succeeded', 0)).toBe('closed');
    expect(breakerBreach(breaker, 0)).toBe('9 of 10 calls failed');
    expect(breaker.tell('failed', 0)).toBe('open');
  });

  test('opens when too many calls are slow, though all succeed', () => {
    const breaker = held(byRates);
    const tell = (tookMs: number) => breaker.tell('succeeded', 0, undefined, 0.5, tookMs);
    for (let call = 0; call < 8; call++) tell(100);
    for (let call = 0; call < 11; call++) expect(tell(101)).toBe('closed');
    expect(tell(101)).toBe('open');
    expect(breaker.outage!.because).toBe('12 of 20 calls were slow');
  });

  test('takes a probe that was slow for one that failed', () => {
    const breaker = held(byRates);
    for (let call = 0; call < 10; call++) breaker.tell('failed', 0);
    breaker.ask(30_000);
    expect(breaker.tell('succeeded', 30_001, 1, 0.5, 101)).toBe('open');
    expect(breaker.outage).toMatchObject({ because: 'a probe was slow', until: 90_001, openings: 2 });
    breaker.ask(90_001);
    expect(breaker.tell('unheard', 90_002, 2, 0.5, 101)).toBe('half_open');
  });

  test('does not open for what has left the window', () => {
    const breaker = held(byRates);
    for (let call = 0; call < 9; call++) breaker.tell('failed', 0);
    expect(breaker.tell('failed', 60_000)).toBe('closed');
    expect(countsOf(breaker.breaker, 60_000)).toEqual({ calls: 1, failures: 1, slow: 0, failuresInRow: 10 });
  });

  test('never has a run of failures open it where that is turned off', () => {
    const breaker = held({ ...byRates, failureRate: undefined });
    for (let call = 0; call < 1_000; call++) expect(breaker.tell('failed', 0)).toBe('closed');
  });

  test('knows nothing against a target that was never called', () => {
    expect(breachOf(createBreaker(), { ...byRates, minimumCalls: 1 }, 0)).toBeUndefined();
  });

  function breakerBreach({ breaker }: ReturnType<typeof held>, at: number) {
    return breachOf(breaker, byRates, at);
  }
});
