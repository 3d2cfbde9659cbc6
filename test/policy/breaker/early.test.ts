import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../shared/core/random.ts';
import {
  admit,
  type BreakerRules,
  createBreaker,
  defaultBreakerRules,
  evidenceAfter,
  failuresUntilEvident,
  isEvident,
  record,
  stateOf,
} from '../../../shared/policy/breaker/index.ts';

/** Only what early detection sees opens it, or a window that 20,000 successes keep shut. */
const rules: BreakerRules = { ...defaultBreakerRules, failures: 0, failureRate: 0.5, early: true };
const half = () => 0.5;

function afterSuccesses(own: BreakerRules, successes: number) {
  const breaker = createBreaker();
  for (let call = 0; call < successes; call++) record(breaker, own, 'succeeded', 0, half);
  return {
    failuresUntilOpen(most: number) {
      for (let failures = 1; failures <= most; failures++) {
        record(breaker, own, 'failed', 1, half);
        if (stateOf(breaker) === 'open') return failures;
      }
      return undefined;
    },
    because: () => breaker.outage?.because,
  };
}

describe('early detection', () => {
  test('opens a total outage after 32 failures, though 20,000 successes stand in the window', () => {
    const breaker = afterSuccesses(rules, 20_000);
    expect(breaker.failuresUntilOpen(40)).toBe(32);
    expect(breaker.because()).toBe('failures beyond chance, the last 32 in a row');
  });

  test('is what makes the difference', () => {
    expect(afterSuccesses({ ...rules, early: false }, 20_000).failuresUntilOpen(19_999)).toBeUndefined();
    expect(afterSuccesses({ ...rules, early: false }, 20_000).failuresUntilOpen(20_000)).toBe(20_000);
  });

  test.each([
    [undefined, 32],
    [0.1, 9],
    [0.5, 32],
    [0.9, 217],
  ])('where %p of the calls may fail it needs %d failures in a row', (tolerated, failures) => {
    expect(failuresUntilEvident(tolerated)).toBe(failures);
    let evidence = 0;
    for (let call = 1; call < failures; call++) evidence = evidenceAfter(evidence, true, tolerated);
    expect(isEvident(evidence)).toBe(false);
    expect(isEvident(evidenceAfter(evidence, true, tolerated))).toBe(true);
  });

  test('needs no number of failures where all may fail', () => {
    expect(failuresUntilEvident(1)).toBe(Number.POSITIVE_INFINITY);
    expect(isEvident(evidenceAfter(0, true, 1))).toBe(false);
  });

  test.each([0.01, 0.05, 0.2, 0.5, 0.8])(
    'weighs calls as Lorden’s bound asks: at the tolerated rate %p the weights’ exponentials have mean 1',
    (tolerated) => {
      const failure = evidenceAfter(0, true, tolerated);
      const success = evidenceAfter(10, false, tolerated) - 10;
      expect(tolerated * Math.exp(failure) + (1 - tolerated) * Math.exp(success)).toBeCloseTo(1, 12);
    },
  );

  test('and so errs once in 10^8 calls at most: evident is what comes to e^18.42', () => {
    expect(isEvident(Math.log(1e8))).toBe(true);
    expect(isEvident(Math.log(1e8) - 1e-9)).toBe(false);
  });

  test('forgets what successes outweigh, and never has less than nothing', () => {
    expect(evidenceAfter(0, false)).toBe(0);
    expect(evidenceAfter(1, false)).toBe(0);
    expect(evidenceAfter(2, false)).toBeCloseTo(2 - Math.log(5), 12);
  });

  test.each([
    ['one call in a hundred fails', 0.01, 100_000],
    ['half of them fail, as many as are tolerated', 0.5, 50_000],
  ])('never errs in a long run in which %s', (_, share, calls) => {
    const random = seededRandom(7);
    let [evidence, falseTrips] = [0, 0];
    for (let call = 0; call < calls; call++) {
      evidence = evidenceAfter(evidence, random.next() < share);
      if (isEvident(evidence)) falseTrips++;
    }
    expect(falseTrips).toBe(0);
  });

  test('sees an outage in which one call in ten still succeeds', () => {
    const random = seededRandom(3);
    let [evidence, calls] = [0, 0];
    for (; !isEvident(evidence); calls++) evidence = evidenceAfter(evidence, random.next() < 0.9);
    expect(calls).toBeLessThan(100);
  });

  test('judges by the rate that the rules name, and begins anew after an outage', () => {
    const strict = { ...rules, failureRate: 0.1, minimumCalls: 100_000, openMs: 1_000, successes: 1 };
    const breaker = createBreaker();
    const failures = (count: number, at: number) => {
      for (let call = 0; call < count; call++) record(breaker, strict, 'failed', at, half);
      return stateOf(breaker);
    };
    expect(failures(8, 0)).toBe('closed');
    expect(failures(1, 0)).toBe('open');
    const probe = admit(breaker, strict, 5_000, half);
    record(breaker, strict, 'succeeded', 5_000, half, 0, probe.kind === 'admitted' ? probe.probe : undefined);
    expect(failures(8, 5_000)).toBe('closed');
    expect(failures(1, 5_000)).toBe('open');
  });

  test('lets successes speak for the target', () => {
    const breaker = createBreaker();
    const tell = (outcome: 'failed' | 'succeeded', count: number) => {
      for (let call = 0; call < count; call++) record(breaker, { ...rules, minimumCalls: 100_000 }, outcome, 0, half);
      return stateOf(breaker);
    };
    tell('failed', 20);
    tell('succeeded', 20);
    expect(tell('failed', 31)).toBe('closed');
    expect(tell('failed', 1)).toBe('open');
  });

  test('opens though a success comes now and then, and no run is long', () => {
    const breaker = createBreaker();
    for (let call = 1; stateOf(breaker) === 'closed' && call < 100; call++)
      record(breaker, { ...rules, minimumCalls: 100_000 }, call % 10 === 0 ? 'succeeded' : 'failed', 0, half);
    expect(breaker.outage!.because).toBe('failures beyond chance, the last 7 in a row');
  });

  test('is asked for nothing where it is off', () => {
    const breaker = createBreaker();
    record(breaker, defaultBreakerRules, 'failed', 0, half);
    expect(breaker.evidence).toBe(0);
  });
});
