import { describe, expect, test } from '@jest/globals';
import { decideRetry, type Failure, type RetryPolicy, type RetryRule } from '../../../shared/policy/retry/index.ts';

const failureOf = (more: Partial<Failure> = {}): Failure => ({ code: 'odd', message: 'no', ...more });
const verdictOn = (policy: RetryPolicy, failure: Failure): string => {
  const verdict = decideRetry(policy, failure, { failures: 1, leaseLosses: 0, elapsedMs: 0 }, 0.5);
  return verdict.kind === 'retry' ? 'retry' : verdict.because;
};
const rule = (on: RetryRule['on'], retry: boolean): RetryRule => ({ on, retry });

describe('whether a failure is worth another attempt', () => {
  test('is the policy’s to say first, even against a failure that calls itself final', () => {
    const failure = failureOf({ retryable: false });
    expect(verdictOn({}, failure)).toBe('nonRetryable');
    expect(verdictOn({ rules: [rule({ code: ['odd'] }, true)] }, failure)).toBe('retry');
    expect(verdictOn({ rules: [rule({ code: ['odd'] }, true)], nonRetryable: ['odd'] }, failure)).toBe('retry');
    expect(verdictOn({ rules: [rule({ code: ['odd'] }, false)] }, failureOf({ retryable: true }))).toBe('finalByRule');
  });

  test('follows the first rule that fits', () => {
    const rules = [rule({ status: [404] }, true), rule({ status: ['4xx'] }, false), rule({ code: ['http_418'] }, true)];
    const verdicts = [404, 418, 503].map((status) => verdictOn({ rules }, failureOf({ code: `http_${status}` })));
    expect(verdicts).toEqual(['retry', 'finalByRule', 'retry']);
  });

  test('asks a rule for all that it says, and of each list for one', () => {
    const rules = [rule({ code: ['odd', 'even'], name: ['QuotaError'] }, false)];
    expect(verdictOn({ rules }, failureOf())).toBe('retry');
    expect(verdictOn({ rules }, failureOf({ code: 'even', name: 'OtherError' }))).toBe('retry');
    expect(verdictOn({ rules }, failureOf({ code: 'even', name: 'QuotaError' }))).toBe('finalByRule');
  });

  test('knows the status by the code or by the details, and the name where it became the code', () => {
    const rules = [rule({ status: ['5xx'] }, false), rule({ name: ['TypeError'] }, false)];
    expect(verdictOn({ rules }, failureOf({ code: 'http_500' }))).toBe('finalByRule');
    expect(verdictOn({ rules }, failureOf({ details: { status: 502 } }))).toBe('finalByRule');
    expect(verdictOn({ rules }, failureOf({ details: { status: '502' } }))).toBe('retry');
    expect(verdictOn({ rules }, failureOf({ details: ['status'] }))).toBe('retry');
    expect(verdictOn({ rules }, failureOf({ code: 'TypeError' }))).toBe('finalByRule');
  });

  test('is said by the failure before the table of what is known', () => {
    expect(verdictOn({}, failureOf({ code: 'bad_url' }))).toBe('nonRetryable');
    expect(verdictOn({}, failureOf({ code: 'bad_url', retryable: true }))).toBe('retry');
    expect(verdictOn({ nonRetryable: ['bad_url'] }, failureOf({ code: 'bad_url', retryable: true }))).toBe(
      'nonRetryable',
    );
  });

  test('of what nobody knows is yes, unless the policy says that it is final', () => {
    const policy = { unknown: 'final' } as const;
    expect(verdictOn({}, failureOf())).toBe('retry');
    expect(verdictOn(policy, failureOf())).toBe('finalAsUnknown');
    expect(verdictOn(policy, failureOf({ details: { status: 503 } }))).toBe('finalAsUnknown');
    for (const known of ['http_503', 'http_429', 'timeout', 'ECONNRESET', 'TimeoutError'])
      expect([known, verdictOn(policy, failureOf({ code: known }))]).toEqual([known, 'retry']);
    expect(verdictOn(policy, failureOf({ name: 'AbortError' }))).toBe('retry');
    expect(verdictOn(policy, failureOf({ retryable: true }))).toBe('retry');
  });

  test.each([
    [100, false],
    [302, false],
    [400, false],
    [404, false],
    [408, true],
    [425, true],
    [429, true],
    [499, false],
    [500, true],
    [599, true],
  ])('status %i: %s', (status, retried) => {
    expect(verdictOn({}, failureOf({ code: `http_${status}` })) === 'retry').toBe(retried);
  });
});
