import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  admit,
  type Breaker,
  type BreakerOutcome,
  closedBreaker,
  record,
  defaultBreakerRules as rules,
} from '../../../shared/policy/breaker/index.ts';

/** A breaker in the hand: asked and told with times, and chance in the middle unless said. */
function held(breaker: Breaker = closedBreaker) {
  return {
    get state() {
      return breaker;
    },
    ask(at: number, chance = 0.5) {
      const asked = admit(breaker, rules, at, chance);
      breaker = asked.breaker;
      return asked.admission;
    },
    tell(outcome: BreakerOutcome, at: number, probe?: number, chance = 0.5) {
      breaker = record(breaker, outcome, rules, at, chance, probe);
      return breaker.kind;
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
    expect(breaker.state).toMatchObject({ until: 30_000 });
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
      const { until } = breaker.state as { until: number };
      openFor.push(until - at);
      at = until;
    }
    expect(openFor).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
    const quick = held();
    for (let failures = 0; failures < 5; failures++) quick.tell('failed', 0, undefined, 0);
    expect(quick.state).toMatchObject({ until: 24_000 });
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
      const { admission } = admit(opened().state, rules, sleptMs, 0);
      expect([sleptMs, admission.kind]).toEqual([sleptMs, sleptMs < 30_000 ? 'refused' : 'admitted']);
    }
  });

  test('never has more probes under way than its rules say, and never refuses into the past', () => {
    const steps = fc.array(
      fc.record({ ms: fc.nat(40_000), ask: fc.boolean(), outcome: fc.constantFrom('succeeded', 'failed', 'unheard') }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (all, probes) => {
        const own = { ...rules, failures: 2, probes };
        let breaker: Breaker = closedBreaker;
        let under: { probe: number; at: number }[] = [];
        let at = 0;
        for (const { ms, ask, outcome } of all) {
          at += ms;
          if (ask) {
            const asked = admit(breaker, own, at, 0.3);
            breaker = asked.breaker;
            const { admission } = asked;
            if (admission.kind === 'refused') expect(admission.retryAt).toBeGreaterThan(at);
            else if (admission.probe !== undefined) under.push({ probe: admission.probe, at });
          } else {
            const told = under.shift()?.probe;
            breaker = record(breaker, outcome as BreakerOutcome, own, at, 0.3, told);
          }
          if (breaker.kind !== 'half_open') under = [];
          under = under.filter((each) => each.at + own.probeMs > at);
          expect(under.length).toBeLessThanOrEqual(probes);
        }
      }),
    );
  });
});
