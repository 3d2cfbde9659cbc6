import { describe, expect, test } from '@jest/globals';
import {
  admitUnder,
  type BreakerRules,
  countsOf,
  createBreaker,
  defaultBreakerRules,
  faultsOfOverride,
  inForce,
  type Override,
  record,
  recordUnder,
  stateOf,
} from '../../../shared/policy/breaker/index.ts';

const rules: BreakerRules = { ...defaultBreakerRules, slowRate: 0.9, slowMs: 50 };
const half = () => 0.5;
const overrideOf = (kind: Override['kind'], until?: number): Override => ({
  kind,
  reason: 'the target moves house',
  by: 'operator:ada',
  ...(until !== undefined && { until }),
});

function opened() {
  const breaker = createBreaker();
  for (let call = 0; call < 5; call++) record(breaker, rules, 'failed', 0, half);
  return breaker;
}

describe('an override', () => {
  test('holds until its time is over, or until it is taken away', () => {
    const [forGood, forAWhile] = [overrideOf('disabled'), overrideOf('disabled', 1_000)];
    expect(inForce(undefined, 0)).toBeUndefined();
    expect(inForce(forGood, Number.MAX_SAFE_INTEGER)).toBe(forGood);
    expect(inForce(forAWhile, 999)).toBe(forAWhile);
    expect(inForce(forAWhile, 1_000)).toBeUndefined();
  });

  test('that forces it open refuses until then, or for as long as it would be open, and spreads who comes back', () => {
    const breaker = createBreaker();
    const ask = (override: Override, chance: number) => admitUnder(override, breaker, rules, 0, () => chance);
    expect(ask(overrideOf('forced_open', 90_000), 0)).toEqual({ kind: 'refused', retryAt: 90_000 });
    expect(ask(overrideOf('forced_open', 90_000), 1)).toEqual({ kind: 'refused', retryAt: 105_000 });
    expect(admitUnder(overrideOf('forced_open'), breaker, rules, 5_000, () => 0)).toEqual({
      kind: 'refused',
      retryAt: 35_000,
    });
    expect(stateOf(breaker)).toBe('closed');
  });

  test.each(['forced_open', 'forced_closed'] as const)('%s counts, and judges nothing', (kind) => {
    const breaker = createBreaker();
    const tell = (outcome: 'succeeded' | 'failed' | 'unheard', tookMs: number) =>
      recordUnder(overrideOf(kind), breaker, rules, outcome, 0, half, tookMs);
    for (let call = 0; call < 20; call++) tell('failed', 51);
    tell('succeeded', 50);
    tell('unheard', 99);
    expect(countsOf(breaker, 0)).toEqual({ calls: 21, failures: 20, slow: 20, failuresInRow: 0 });
    expect(stateOf(breaker)).toBe('closed');
  });

  test('that forces it closed lets everybody through, and ends the outage', () => {
    const breaker = opened();
    expect(admitUnder(overrideOf('forced_closed'), breaker, rules, 0, half)).toEqual({ kind: 'admitted' });
    expect(stateOf(breaker)).toBe('closed');
    expect(countsOf(breaker, 0)).toEqual({ calls: 0, failures: 0, slow: 0, failuresInRow: 0 });
    record(breaker, rules, 'failed', 0, half);
    admitUnder(overrideOf('forced_closed'), breaker, rules, 0, half);
    expect(countsOf(breaker, 0).failuresInRow).toBe(1);
  });

  test('that disables it lets everybody through, counts nothing, and leaves it as it is', () => {
    const breaker = opened();
    expect(admitUnder(overrideOf('disabled'), breaker, rules, 0, half)).toEqual({ kind: 'admitted' });
    expect(admitUnder(overrideOf('disabled'), breaker, rules, 40_000, half)).toEqual({ kind: 'admitted' });
    const before = structuredClone(breaker);
    recordUnder(overrideOf('disabled'), breaker, rules, 'failed', 0, half);
    expect(breaker).toEqual(before);
    expect(stateOf(breaker)).toBe('open');
  });

  test('shadow counts and judges as ever, and never refuses', () => {
    const breaker = createBreaker();
    const shadow = overrideOf('shadow');
    const ask = (at: number) => admitUnder(shadow, breaker, rules, at, half);
    for (let call = 0; call < 5; call++) recordUnder(shadow, breaker, rules, 'failed', 0, half);
    expect(stateOf(breaker)).toBe('open');
    expect(ask(1)).toEqual({ kind: 'admitted' });
    expect(ask(30_000)).toEqual({ kind: 'admitted', probe: 1 });
    expect(ask(30_000)).toEqual({ kind: 'admitted' });
    recordUnder(shadow, breaker, rules, 'succeeded', 30_001, half, 0, 1);
    expect(breaker.outage).toMatchObject({ successes: 1 });
    expect(ask(30_002)).toEqual({ kind: 'admitted', probe: 2 });
    recordUnder(shadow, breaker, rules, 'succeeded', 30_003, half, 51, 2);
    expect(breaker.outage).toMatchObject({ openings: 2, because: 'a probe was slow' });
  });

  test('needs a reason, a kind that there is, and an end that is not over', () => {
    const wished = { kind: 'forced_open', reason: 'why not', until: 2_000 } as const;
    expect(faultsOfOverride(wished, 1_999)).toEqual([]);
    expect(faultsOfOverride({ kind: 'shadow', reason: 'to see' }, 0)).toEqual([]);
    expect(faultsOfOverride(wished, 2_000)).toEqual([
      { path: 'until', message: 'is over already; leave it out for an override that somebody takes away' },
    ]);
    expect(faultsOfOverride({ ...wished, until: Number.NaN }, 0)).toHaveLength(1);
    const needed = 'is needed: why is the breaker forced_open? Whoever meets it will ask';
    for (const reason of ['', '  ', undefined as unknown as string])
      expect(faultsOfOverride({ ...wished, reason }, 0)).toEqual([{ path: 'reason', message: needed }]);
    expect(faultsOfOverride({ ...wished, kind: 'ajar' as 'shadow' }, 0)).toEqual([
      { path: 'kind', message: 'must be one of forced_open, forced_closed, disabled, shadow' },
    ]);
  });
});
