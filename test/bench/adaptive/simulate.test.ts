import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../shared/core/random.ts';
import { callers } from './callers.ts';
import { measure, partOf } from './measures.ts';
import { patterns } from './patterns.ts';
import { simulate } from './simulate.ts';

const patternOf = (name: string) => patterns.find((each) => each.name === name)!;
const callerOf = (name: string) => callers.find((each) => each.name === name)!;
const play = (pattern: string, caller: string, hours = 0.5, seed = 1) =>
  simulate(patternOf(pattern), callerOf(caller).make(), hours, seed);

describe('simulated calls', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(play('short blips', 'adaptive')).toEqual(play('short blips', 'adaptive'));
    expect(play('short blips', 'adaptive')).not.toEqual(play('short blips', 'adaptive', 0.5, 2));
  });

  test('all end, each once, within the bounds of the policy', () => {
    for (const { name } of callers) {
      const calls = play('overload', name, 0.2);
      expect(new Set(calls.map(({ number }) => number)).size).toBe(calls.length);
      expect(Math.max(...calls.map(({ failures }) => failures))).toBeLessThanOrEqual(8);
      expect(Math.max(...calls.map(({ tookMs }) => tookMs))).toBeLessThan(20 * 60_000 + 1_000);
    }
  });

  test('that are retried at once do not outlive an outage, and patient ones do', () => {
    const share = (caller: string) => measure(play('outage of 10 minutes', caller, 0.6)).success;
    expect(share('patient')).toBeGreaterThan(share('immediate') + 10);
  });
});

describe('what a target answers', () => {
  test('under overload gets worse with every call too many', () => {
    const served = (callsPerSecond: number) => {
      const random = seededRandom(9);
      const target = patternOf('overload').target(() => random.next());
      let good = 0;
      for (let call = 0; call < 2_000; call++)
        if (!target.answer((call * 1_000) / callsPerSecond, () => random.next())) good++;
      return (good / 2_000) * callsPerSecond;
    };
    expect(served(5)).toBe(5);
    expect(served(20)).toBeLessThan(served(12));
    expect(served(40)).toBeLessThan(served(20));
  });

  test('at a rate limit names the time from which it takes calls again', () => {
    const target = patternOf('rate limit').target(() => 0.5);
    const answers = Array.from({ length: 101 }, () => target.answer(5_000, () => 0.5));
    expect(answers.filter((each) => each !== undefined)).toEqual([
      { code: 'http_429', message: '', retryAfterMs: 15_000 },
    ]);
    expect(target.answer(20_000, () => 0.5)).toBeUndefined();
  });
});

test('what was measured counts retries and not calls, and times of those only that needed one', () => {
  const calls = [
    { number: 0, succeeded: true, failures: 0, tookMs: 50 },
    { number: 1, succeeded: true, failures: 2, tookMs: 4_000 },
    { number: 2, succeeded: false, failures: 3, tookMs: 9_000 },
    { number: 3, succeeded: true, failures: 1, tookMs: 2_000 },
  ];
  expect(measure(calls)).toEqual({ success: 75, extra: (2 + 2 + 1) / 4, p50: 3, p99: expect.closeTo(3.98, 6) });
  expect(partOf(calls, 0.5, 1).map(({ number }) => number)).toEqual([2, 3]);
});
