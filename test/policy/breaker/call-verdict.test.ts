import { describe, expect, test } from '@jest/globals';
import { callVerdict } from '../../../shared/policy/breaker/index.ts';

const verdictOf = (code: string, more: object = {}) => callVerdict({ code, message: '', ...more });

describe('what a failed call says of its target', () => {
  test.each([
    ['it could not be reached', 'connection_refused'],
    ['it took too long', 'timeout'],
    ['its own fault', 'http_503'],
    ['too many calls', 'http_429'],
    ['too early', 'http_425'],
    ['an exception that nobody knows', 'TypeError'],
  ])('%s: it failed', (_, code) => expect(verdictOf(code)).toBe('failed'));

  test.each(['http_400', 'http_404', 'http_409', 'http_301'])('%s is an answer: it is well', (code) =>
    expect(verdictOf(code)).toBe('succeeded'),
  );

  test.each([
    'aborted',
    'abandoned',
    'lease_lost',
    'dead_letter',
    'invocation_timeout',
    'handler_unknown',
    'topic_full',
    'input_unresolved',
    'host_forbidden',
    'result_too_large',
    'breaker_open',
    'bulkhead_full',
  ])('%s says nothing of it', (code) => expect(verdictOf(code)).toBe('unheard'));

  test('what the failure says of itself goes before the table', () => {
    expect(verdictOf('http_404', { retryable: true })).toBe('failed');
    expect(verdictOf('http_503', { retryable: false })).toBe('succeeded');
    expect(verdictOf('card_stolen', { retryable: false })).toBe('unheard');
  });
});
