import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { aCall, aCaller, anAttempt, aTarget, callOnce, closeAll, failureOf } from './a-target.ts';

afterEach(closeAll);

describe('the request', () => {
  test('carries the attempt’s key, the body as JSON and who asks', async () => {
    const { seen } = await callOnce(
      (response) => response.end(),
      { method: 'post', path: '/a?b=c', body: { n: [1, 'ü'] } },
      { version: '1.2.3' },
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/a?b=c', body: '{"n":[1,"ü"]}' });
    expect(seen[0]!.headers).toMatchObject({
      'idempotency-key': 'j1-pay-2',
      'breakwater-attempt': '2',
      'content-type': 'application/json',
      'user-agent': 'breakwater/1.2.3',
    });
  });

  test('has no content type without a body', async () => {
    const { seen } = await callOnce((response) => response.end());
    expect(seen[0]!.headers['content-type']).toBeUndefined();
    expect(seen[0]!.body).toBe('');
  });

  test('takes the user’s headers, whatever their case, over the defaults', async () => {
    const headers = { Authorization: 'Bearer x', 'Content-Type': 'application/cloudevents+json', 'USER-AGENT': 'mine' };
    const { seen } = await callOnce((response) => response.end(), { method: 'POST', headers, body: {} });
    expect(seen[0]!.headers).toMatchObject({
      authorization: 'Bearer x',
      'content-type': 'application/cloudevents+json',
      'user-agent': 'mine',
    });
  });

  test.each([
    'Idempotency-Key',
    'idempotency-key',
    'Host',
    'Connection',
    'Content-Length',
    'Transfer-Encoding',
    'Upgrade',
    'TE',
    'Expect',
    'bad name',
    '',
  ])('is refused unsent when a user sets the header %j', async (name) => {
    const { outcome, seen } = await callOnce((response) => response.end(), { headers: { [name]: 'x' } });
    expect(failureOf(outcome)).toMatchObject({ code: 'bad_header', retryable: false });
    expect(seen).toEqual([]);
  });

  test('cannot be split by a line end in a header', async () => {
    const { outcome, seen } = await callOnce((response) => response.end(), { headers: { 'x-a': 'b\r\nhost: evil' } });
    expect(failureOf(outcome).code).toBe('bad_header');
    expect(seen).toEqual([]);
  });

  test.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'example.com',
    '',
    'http://',
    'http://user:secret@example.com/',
    'data:,x',
    'http://[fe80::1%25eth0]/',
    'http://1.2.3.4.5/',
  ])('is refused for the URL %j', async (url) => {
    const caller = aCaller([]);
    const failure = failureOf(await caller.call(aCall(url), anAttempt()));
    expect(failure).toMatchObject({ code: 'bad_url', retryable: false });
    expect(failure.message).not.toContain('secret');
  });

  test('does not need a connection of its own each time', async () => {
    const target = await aTarget((response) => response.end('{}'));
    const caller = aCaller(['127.0.0.0/8']);
    for (let n = 0; n < 5; n++) await caller.call(aCall(target.url), anAttempt());
    expect(target.connections()).toBeLessThan(5);
  });

  test('an unsupported method is a failure', async () => {
    for (const method of ['CONNECT', 'BAD METHOD']) {
      const { outcome } = await callOnce((response) => response.end(), { method });
      expect(failureOf(outcome)).toMatchObject({ code: 'bad_request', retryable: false });
    }
  });
});

describe('the result', () => {
  test.each([
    ['application/json', '{"a":[1]}', { a: [1] }],
    ['application/json; charset=utf-8', '"x"', 'x'],
    ['application/problem+json', '\ufeff{}', {}],
    ['Application/VND.api+JSON', 'null', null],
    ['text/plain', 'a, ü', 'a, ü'],
    ['text/html; charset=utf-8', '<p>', '<p>'],
    ['application/xml', '<a/>', '<a/>'],
    ['application/x-ndjson', '{}\n{}', '{}\n{}'],
    ['application/json', '', null],
    ['text/plain', '', null],
    ['application/octet-stream', 'abc', { contentType: 'application/octet-stream', base64: 'YWJj' }],
    ['image/png; x=y', 'abc', { contentType: 'image/png', base64: 'YWJj' }],
    [undefined, '{"a":1}', { a: 1 }],
    [undefined, 'plain', 'plain'],
  ])('of %s %j', async (type, body, result) => {
    const { outcome } = await callOnce((response) =>
      response.writeHead(201, type ? { 'content-type': type } : {}).end(body),
    );
    expect(outcome).toEqual({ kind: 'succeeded', result });
  });

  test('is decoded from the character set that the answer names', async () => {
    const latin = (response: import('node:http').ServerResponse) =>
      response.writeHead(200, { 'content-type': 'text/plain; charset="ISO-8859-1"' }).end(Buffer.from([0xfc]));
    expect((await callOnce(latin)).outcome).toEqual({ kind: 'succeeded', result: 'ü' });
  });

  test('is null for 204 and for HEAD, even when the answer speaks of an encoding', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const none = await callOnce((response) => response.writeHead(204, headers).end());
    const head = await callOnce((response) => response.writeHead(200, headers).end(), { method: 'HEAD' });
    const empty = await callOnce((response) => response.writeHead(200, headers).end());
    const known = await callOnce((response) => response.writeHead(200, { ...headers, 'content-length': 0 }).end());
    for (const { outcome } of [none, head, empty, known]) expect(outcome).toEqual({ kind: 'succeeded', result: null });
  });

  test('is unpacked when the answer is compressed', async () => {
    const packed = gzipSync('{"a":1}');
    const answer = await callOnce((response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'GZIP' }).end(packed),
    );
    expect(answer.outcome).toEqual({ kind: 'succeeded', result: { a: 1 } });
  });

  test.each([
    ['JSON that is none', { 'content-type': 'application/json' }, '{"a":'],
    ['JSON that is not UTF-8', { 'content-type': 'application/json' }, Buffer.from([0x22, 0xff, 0x22])],
    [
      'JSON that is nested without end',
      { 'content-type': 'application/json' },
      '['.repeat(20_000) + ']'.repeat(20_000),
    ],
    ['an unknown character set', { 'content-type': 'text/plain; charset=klingon' }, 'x'],
    ['an encoding that nobody asked for', { 'content-type': 'text/plain', 'content-encoding': 'zstd' }, 'x'],
    ['twice encoded', { 'content-type': 'text/plain', 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync('x'))],
    ['gzip that is none', { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, 'not gzip'],
    [
      'gzip that ends early',
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      gzipSync('x'.repeat(999)).subarray(0, 20),
    ],
    ['brotli that is none', { 'content-type': 'text/plain', 'content-encoding': 'br' }, 'not brotli'],
  ])('cannot be made of %s', async (_, headers, body) => {
    const { outcome } = await callOnce((response) =>
      response.writeHead(200, headers as Record<string, string>).end(body),
    );
    expect(failureOf(outcome).code).toBe('bad_response');
    expect(failureOf(outcome).retryable).toBeUndefined();
  });
});

describe('an answer that is no success', () => {
  test.each([
    [400, false],
    [404, false],
    [408, undefined],
    [409, false],
    [425, undefined],
    [429, undefined],
    [304, false],
    [500, undefined],
    [503, undefined],
    [599, undefined],
  ])('%d has its number in its code, and retryable is %s', async (status, retryable) => {
    const { outcome } = await callOnce((response) => response.writeHead(status).end());
    const failure = failureOf(outcome);
    expect(failure.code).toBe(`http_${status}`);
    expect(failure.retryable).toBe(retryable);
    expect(failure.details).toEqual({ status });
  });

  test('tells who answered what, without the query', async () => {
    const { outcome } = await callOnce((response) => response.writeHead(404).end(), { path: '/orders?token=secret' });
    expect(failureOf(outcome).message).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/orders answered 404 Not Found$/);
  });

  test('keeps the beginning of its text', async () => {
    const { outcome } = await callOnce((response) =>
      response.writeHead(500, { 'content-encoding': 'gzip' }).end(gzipSync(`broken ${'x'.repeat(1_000_000)}`)),
    );
    const { body } = failureOf(outcome).details as { body: string };
    expect(body).toHaveLength(1_024);
    expect(body).toMatch(/^broken x/);
  });

  test('keeps Retry-After, in seconds or as a date against the answer’s own date', async () => {
    const seconds = await callOnce((response) => response.writeHead(429, { 'retry-after': '120' }).end());
    expect(failureOf(seconds.outcome).details).toEqual({ status: 429, retryAfter: '120' });
    expect(failureOf(seconds.outcome).retryAfterMs).toBe(120_000);
    const date = { date: 'Wed, 21 Oct 2015 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' };
    const dated = await callOnce((response) => response.writeHead(503, date).end());
    expect(failureOf(dated.outcome).retryAfterMs).toBe(30_000);
    const odd = await callOnce((response) => response.writeHead(503, { 'retry-after': 'soon' }).end());
    expect(failureOf(odd.outcome)).toMatchObject({ code: 'http_503', details: { status: 503, retryAfter: 'soon' } });
    expect(failureOf(odd.outcome)).not.toHaveProperty('retryAfterMs');
  });

  test('is told although its text never ends', async () => {
    const { outcome } = await callOnce((response) => response.writeHead(503).write('wait'));
    expect(failureOf(outcome)).toMatchObject({ code: 'http_503', details: { status: 503, body: 'wait' } });
  });
});
