import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Advice,
  arms,
  decideRetry,
  type Failure,
  failureKinds,
  kindOf,
  type RetryHistory,
} from '../../../shared/policy/retry/index.ts';

const busy = { code: 'busy', message: '' };
const decide = (policy: object, history: Partial<RetryHistory> = {}, chance = 0.5) =>
  decideRetry(
    { strategy: 'adaptive', ...policy },
    busy,
    { failures: 1, leaseLosses: 0, elapsedMs: 0, ...history },
    chance,
  );
const advice: Advice = { arm: 'fibonacci', kind: 'other', because: 'adaptive chose fibonacci (…)' };

describe('the strategy adaptive', () => {
  test.each([
    ['immediate', 0, 'immediate'],
    ['fixed', 1_500, 'fixed, equal jitter'],
    ['linear', 3_000, 'linear, full jitter'],
    ['exponential', 4_000, 'exponential, full jitter'],
    ['fibonacci', 2_000, 'fibonacci, full jitter'],
    ['patient', 30_000, 'fixed, equal jitter'],
  ] as const)('as %s makes the delays of that, over its own delay and maxDelay', (arm, delayMs, way) => {
    const policy = { delay: 2_000, maxDelay: 40_000, maxAttempts: 9, frozen: arm };
    expect(decide(policy, { failures: 3 })).toMatchObject({
      delayMs,
      because: `retry 3 of 8 in ${delayMs} ms: ${way}, adaptive is frozen to ${arm}`,
    });
  });

  test('does what was advised, keeps what was chosen, and falls back to exponential', () => {
    expect(decide({}, { advice })).toMatchObject({
      arm: 'fibonacci',
      because: 'retry 1 of 2 in 500 ms: fibonacci, full jitter, adaptive chose fibonacci (…)',
    });
    expect(decide({}, { advice, arm: 'fixed' })).toMatchObject({
      because: 'retry 1 of 2 in 750 ms: fixed, equal jitter, adaptive keeps fixed',
    });
    const alone = decide({});
    expect(alone.because).toBe('retry 1 of 2 in 500 ms: exponential, full jitter, adaptive without advice');
    expect(alone).not.toHaveProperty('arm');
  });

  test('leaves a delay that a rule names as it stands', () => {
    const rules = [{ on: { code: ['busy'] }, retry: true, delay: 7 }];
    expect(decide({ rules }, { advice })).toEqual({
      kind: 'retry',
      delayMs: 7,
      because: 'retry 1 of 2 in 7 ms: rules[0]',
    });
  });

  test('never waits longer than maxDelay, whatever it chose', () => {
    const bounds = fc.record({ delay: fc.nat(10_000), maxDelay: fc.integer({ min: 10_000, max: 100_000 }) });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        bounds,
        fc.constantFrom(...arms),
        fc.integer({ min: 1, max: 998 }),
        chance,
        (given, arm, failures, drawn) => {
          const verdict = decide({ ...given, maxAttempts: 1_000 }, { arm, failures }, drawn);
          expect(verdict.kind === 'retry' && verdict.delayMs >= 0 && verdict.delayMs <= given.maxDelay).toBe(true);
        },
      ),
    );
  });
});

describe('the kind of a failure', () => {
  test.each<[string, Partial<Failure>, string]>([
    ['a timeout', { code: 'timeout' }, 'timeout'],
    ['a gateway that waited in vain', { code: 'http_504' }, 'timeout'],
    ['an exception by its name', { code: 'E_X', name: 'TimeoutError' }, 'timeout'],
    ['a refused connection', { code: 'ECONNREFUSED' }, 'unreachable'],
    ['too many requests', { code: 'http_429' }, 'overloaded'],
    ['a status in the details', { code: 'busy', details: { status: 503 } }, 'overloaded'],
    ['a wish for a pause', { code: 'busy', retryAfterMs: 5 }, 'overloaded'],
    ['a server at fault', { code: 'http_500' }, 'server_error'],
    ['a request at fault', { code: 'http_404' }, 'other'],
    ['what nobody knows', { code: 'odd' }, 'other'],
  ])('of %s', (_, failure, kind) => {
    expect(kindOf({ ...busy, ...failure })).toBe(kind);
    expect(failureKinds).toContain(kind);
  });
});
