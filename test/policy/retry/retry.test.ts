import { describe, expect, test } from '@jest/globals';
import { decideRetry, type Failure, type RetryHistory, type RetryPolicy } from '../../../shared/policy/retry/index.ts';

const busy = { code: 'busy', message: 'no' };
const decide = (policy: RetryPolicy, history: Partial<RetryHistory> = {}, failure: Failure = busy, chance = 0.5) =>
  decideRetry(policy, failure, { failures: 1, leaseLosses: 0, elapsedMs: 0, ...history }, chance);

describe('the bounds of a retry', () => {
  test('the first attempt counts, and the last failure is final', () => {
    expect(decide({ maxAttempts: 3 }, { failures: 2 }).kind).toBe('retry');
    expect(decide({ maxAttempts: 3 }, { failures: 3 })).toEqual({ kind: 'giveUp', because: 'attemptsExhausted' });
  });

  test('a retry that would begin when maxElapsed has passed is not made, of a lost lease neither', () => {
    const policy = { strategy: 'fixed', delay: 100, maxElapsed: 1_000 } as const;
    expect(decide(policy, { elapsedMs: 899 }).kind).toBe('retry');
    expect(decide(policy, { elapsedMs: 900 })).toEqual({ kind: 'giveUp', because: 'elapsedExhausted' });
    const lost = { code: 'lease_lost', message: 'gone' };
    expect(decide(policy, { elapsedMs: 999, leaseLosses: 1, executor: 'lost' }, lost).kind).toBe('retry');
    expect(decide(policy, { elapsedMs: 1_000, leaseLosses: 1, executor: 'lost' }, lost).kind).toBe('giveUp');
  });

  test('a lost lease is no failure of the target, and its retry does not wait', () => {
    const lost = { code: 'lease_lost', message: 'gone' };
    expect(decide({ maxAttempts: 3 }, { failures: 3, leaseLosses: 20, executor: 'lost' }, lost)).toMatchObject({
      delayMs: 0,
    });
    expect(decide({}, { leaseLosses: 21, executor: 'lost' }, lost)).toEqual({
      kind: 'giveUp',
      because: 'leaseLossesExhausted',
    });
  });

  test('no rule gives a second execution to who asks for at most one', () => {
    const policy = { maxAttempts: 1, rules: [{ on: { code: ['lease_lost'] }, retry: true, delay: 50 }] };
    const lost = { code: 'lease_lost', message: 'gone' };
    expect(decide(policy, { failures: 0, leaseLosses: 1, executor: 'lost' }, lost).kind).toBe('giveUp');
    expect(
      decide({ ...policy, maxAttempts: 2 }, { failures: 0, leaseLosses: 1, executor: 'lost' }, lost),
    ).toMatchObject({ delayMs: 50 });
  });
});

describe('a verdict explains itself', () => {
  const because = (policy: RetryPolicy, history?: Partial<RetryHistory>, failure?: Failure) =>
    decide(policy, history, failure).because;

  test.each<[string, RetryPolicy, Partial<RetryHistory>, Failure, string]>([
    ['the default', {}, {}, busy, 'retry 1 of 2 in 500 ms: exponential, full jitter'],
    ['no jitter', { strategy: 'fixed', maxAttempts: 9 }, { failures: 4 }, busy, 'retry 4 of 8 in 1000 ms: fixed'],
    [
      'a delay that was cut',
      { strategy: 'linear', jitter: 'none', maxDelay: 1_500 },
      { failures: 2 },
      busy,
      'retry 2 of 2 in 1500 ms: linear, at maxDelay',
    ],
    [
      'what the target asked for',
      { strategy: 'fixed' },
      {},
      { ...busy, retryAfterMs: 30_000 },
      'retry 1 of 2 in 30000 ms: fixed, after retryAfter',
    ],
    [
      'a rule',
      { rules: [{ on: { code: ['busy'] }, retry: true, delay: 7 }] },
      {},
      busy,
      'retry 1 of 2 in 7 ms: rules[0]',
    ],
    [
      'a lost lease',
      {},
      { leaseLosses: 3, executor: 'lost' },
      { code: 'lease_lost', message: '' },
      'lease loss 3 of 20, retry in 0 ms',
    ],
  ])('%s', (_, policy, history, failure, told) => {
    expect(because(policy, history, failure)).toBe(told);
  });
});
