import { afterEach, describe, expect, test } from '@jest/globals';
import { retryAfterMsOf } from '../../../shared/adapters/http/retry-after.ts';
import { callOnce, closeAll, failureOf } from './a-target.ts';

afterEach(closeAll);

const now = Date.UTC(2015, 9, 21, 7, 28);
const clock = { now: () => now };
const wish = (headers: Record<string, string>, body = '') => retryAfterMsOf(headers, Buffer.from(body), clock);
const errorWith = (...details: unknown[]) => JSON.stringify({ error: { code: 429, status: 'UNAVAILABLE', details } });
const retryInfo = (retryDelay: unknown) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });

describe('the wish of a target', () => {
  test.each<[string, number | undefined]>([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
    ['Wednesday, 21-Oct-15 07:28:30 GMT', 30_000],
    ['Wed Oct 21 07:28:30 2015', 30_000],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['99999999999999999999', undefined],
    ['Wed, 99 Oct 2015 07:28:30 GMT', undefined],
  ])('Retry-After: %s is %s ms', (header, ms) => {
    expect(wish({ 'retry-after': header })).toBe(ms);
  });

  test('as a date is compared with the answer’s own date, and with ours where that is none', () => {
    const date = 'Wed, 21 Oct 2015 08:00:30 GMT';
    expect(wish({ 'retry-after': date, date: 'Wed, 21 Oct 2015 08:00:00 GMT' })).toBe(30_000);
    expect(wish({ 'retry-after': date, date: 'now' })).toBe(1_950_000);
  });

  test('is read from RetryInfo in the error of a Google API, in the list of a stream as well', () => {
    expect(wish({}, errorWith({ '@type': 'x/google.rpc.ErrorInfo' }, retryInfo('34.074824224s')))).toBe(34_075);
    expect(wish({}, `[${errorWith(retryInfo('2s'))}]`)).toBe(2_000);
    expect(wish({ 'retry-after': '1' }, errorWith(retryInfo('2s')))).toBe(2_000);
    expect(wish({ 'retry-after': '3' }, errorWith(retryInfo('2s')))).toBe(3_000);
  });

  test('is none where the error is another one, broken, or says nonsense', () => {
    for (const delay of ['-2s', 's', '2m', 2, null, { seconds: 2 }, `${'9'.repeat(400)}s`])
      expect([delay, wish({}, errorWith(retryInfo(delay)))]).toEqual([delay, undefined]);
    const texts = ['google.rpc.RetryInfo', errorWith(retryInfo('2s')).slice(0, -3), '[]google.rpc.RetryInfo'];
    const odd = [{ error: 'google.rpc.RetryInfo' }, { error: { details: { at: 'google.rpc.RetryInfo' } } }];
    for (const text of [...texts, ...odd.map((each) => JSON.stringify(each))]) expect(wish({}, text)).toBeUndefined();
  });
});

describe('a call that failed', () => {
  test('carries the wish, although its details keep only the start of a long error', async () => {
    const body = errorWith({ '@type': 'x', reason: 'r'.repeat(4_000) }, retryInfo('7s'));
    const { outcome } = await callOnce((response) =>
      response.writeHead(429, { 'content-type': 'application/json; charset=UTF-8' }).end(body),
    );
    const { retryAfterMs, details } = failureOf(outcome);
    expect(retryAfterMs).toBe(7_000);
    expect((details as { body: string }).body).toBe(body.slice(0, 1_024));
  });

  test('is compared with the clock of the caller where the answer has no date', async () => {
    const { outcome } = await callOnce(
      (response) => {
        response.sendDate = false;
        response.writeHead(503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:05 GMT' }).end();
      },
      {},
      { clock },
    );
    expect(failureOf(outcome)).toMatchObject({ code: 'http_503', retryAfterMs: 5_000 });
  });
});
