import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { type CallClass, type Classify, type EndedCall, outcomeOf } from '../../../shared/policy/breaker/index.ts';

const returned = (value: unknown): EndedCall => ({ kind: 'returned', value, tookMs: 3 });
const threw = (error: unknown): EndedCall => ({ kind: 'threw', error, tookMs: 3 });

describe('what a guarded call says of its target', () => {
  test('is a success when it returned, and a failure when it threw', () => {
    expect(outcomeOf(returned(undefined))).toBe('succeeded');
    expect(outcomeOf(threw(new Error('down')))).toBe('failed');
    expect(outcomeOf(threw(new DOMException('slow', 'TimeoutError')))).toBe('failed');
    expect(outcomeOf(threw('a text'))).toBe('failed');
  });

  test('is for its caller to say, by result and by error', () => {
    const classify: Classify = (ended) => {
      if (ended.kind === 'returned') return (ended.value as { status: number }).status >= 500 ? 'failure' : 'success';
      return (ended.error as Error).message === 'no such thing' ? 'success' : 'ignored';
    };
    expect(outcomeOf(returned({ status: 503 }), classify)).toBe('failed');
    expect(outcomeOf(returned({ status: 200 }), classify)).toBe('succeeded');
    expect(outcomeOf(threw(new Error('no such thing')), classify)).toBe('succeeded');
    expect(outcomeOf(threw(new Error('odd')), classify)).toBe('unheard');
  });

  test.each([
    ['it was called off', new DOMException('called off', 'AbortError')],
    ['Node called it off', Object.assign(new Error('called off'), { code: 'ABORT_ERR' })],
    ['a pool was full', new CodedError('bulkhead_full', 'full')],
    ['another breaker was open', new CodedError('breaker_open', 'open')],
    ['too many calls a second', new CodedError('rate_limited', 'too many')],
    ['its deadline had passed', new CodedError('deadline_passed', 'too late')],
    ['over the budget', new CodedError('over_retry_budget', 'too many')],
  ])('never counts where %s, whatever its caller says', (_, error) => {
    expect(outcomeOf(threw(error))).toBe('unheard');
    expect(outcomeOf(threw(error), () => 'failure')).toBe('unheard');
  });

  test('follows the rule where its caller’s own one throws, or says what is nothing', () => {
    const broken: Classify = () => {
      throw new Error('a bug');
    };
    const silent: Classify = () => undefined as unknown as CallClass;
    for (const classify of [broken, silent]) {
      expect(outcomeOf(returned(1), classify)).toBe('succeeded');
      expect(outcomeOf(threw(new Error('down')), classify)).toBe('failed');
    }
  });
});
