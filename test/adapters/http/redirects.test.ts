import { afterEach, describe, expect, test } from '@jest/globals';
import { aCall, aCaller, anAttempt, aTarget, callOnce, closeAll, failureOf, type Target } from './a-target.ts';

afterEach(closeAll);

const chain = (length: number) => (response: import('node:http').ServerResponse, seen: { path: string }) => {
  const step = Number(seen.path.slice(1));
  if (step >= length) response.end('{"done":true}');
  else response.writeHead(302, { location: `/${step + 1}` }).end();
};

/** Calls `first`, which redirects to `second`. */
async function between(first: Target, second: Target, more: object) {
  const caller = aCaller([`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]);
  const outcome = await caller.call(aCall(first.url, { redirects: 1, ...more }), anAttempt());
  return outcome;
}

describe('redirects', () => {
  test('are not followed unless asked for', async () => {
    const { outcome, seen } = await callOnce(chain(1), { path: '/0' });
    expect(failureOf(outcome)).toMatchObject({
      code: 'redirect_refused',
      retryable: false,
      details: { status: 302, location: '/1' },
    });
    expect(seen).toHaveLength(1);
  });

  test('are followed as often as allowed and no oftener', async () => {
    const enough = await callOnce(chain(3), { path: '/0', redirects: 3 });
    expect(enough.outcome).toEqual({ kind: 'succeeded', result: { done: true } });
    const tooMany = await callOnce(chain(4), { path: '/0', redirects: 3 });
    expect(failureOf(tooMany.outcome)).toMatchObject({ code: 'too_many_redirects', retryable: false });
    expect(tooMany.seen).toHaveLength(4);
  });

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', '{"a":1}'],
    [302, 'DELETE', 'DELETE', '{"a":1}'],
    [307, 'POST', 'POST', '{"a":1}'],
    [308, 'PATCH', 'PATCH', '{"a":1}'],
  ])('%d after %s asks again with %s and the body %j', async (status, method, then, body) => {
    const answer = (response: import('node:http').ServerResponse, seen: { path: string }) =>
      seen.path === '/' ? response.writeHead(status, { location: '/next' }).end() : response.end();
    const { seen } = await callOnce(answer, { method, body: { a: 1 }, redirects: 1 });
    expect(seen[1]).toMatchObject({ path: '/next', method: then, body });
    expect(seen[1]!.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
    expect(seen[1]!.headers['idempotency-key']).toBe('j1-pay-2');
  });

  test('HEAD stays HEAD after 303', async () => {
    const answer = (response: import('node:http').ServerResponse, seen: { path: string }) =>
      seen.path === '/' ? response.writeHead(303, { location: '/next' }).end() : response.end();
    expect((await callOnce(answer, { method: 'HEAD', redirects: 1 })).seen[1]).toMatchObject({
      method: 'HEAD',
      path: '/next',
    });
  });

  test('a redirect without a place to go is a plain answer', async () => {
    const { outcome } = await callOnce((response) => response.writeHead(302).end(), { redirects: 3 });
    expect(failureOf(outcome)).toMatchObject({ code: 'http_302', retryable: false });
  });

  test('another origin is told neither credentials nor any other header of the user’s that may be a key', async () => {
    const second = await aTarget((response) => response.end());
    const first = await aTarget((response) => response.writeHead(307, { location: second.url }).end());
    const headers = { Authorization: 'Bearer x', Cookie: 'a=b', 'X-Api-Key': 'k', 'Accept-Language': 'de' };
    const outcome = await between(first, second, { method: 'POST', body: { a: 1 }, headers });
    expect(outcome.kind).toBe('succeeded');
    const told = second.seen[0]!.headers;
    expect([told.authorization, told.cookie, told['x-api-key']]).toEqual([undefined, undefined, undefined]);
    expect(told).toMatchObject({
      'accept-language': 'de',
      'content-type': 'application/json',
      'idempotency-key': 'j1-pay-2',
    });
    expect(second.seen[0]!.body).toBe('{"a":1}');
  });

  test('the same origin is told all headers again', async () => {
    const answer = (response: import('node:http').ServerResponse, seen: { path: string }) =>
      seen.path === '/' ? response.writeHead(302, { location: '/next' }).end() : response.end();
    const { seen } = await callOnce(answer, { headers: { Authorization: 'Bearer x' }, redirects: 1 });
    expect(seen[1]!.headers.authorization).toBe('Bearer x');
  });

  test('to a forbidden address are refused like a first call there, and nobody knocks', async () => {
    const hidden = await aTarget((response) => response.end('secret'));
    const first = await aTarget((response) => response.writeHead(302, { location: hidden.url }).end());
    const caller = aCaller([`127.0.0.1:${first.port}`]);
    const outcome = await caller.call(aCall(first.url, { redirects: 5 }), anAttempt());
    expect(failureOf(outcome)).toMatchObject({ code: 'host_forbidden', retryable: false });
    expect(hidden.connections()).toBe(0);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/',
    'http://0x7f.1:1/',
    'http://[::ffff:127.0.0.1]:1/',
  ])('to %s are refused', async (location) => {
    const { outcome } = await callOnce((response) => response.writeHead(302, { location }).end(), { redirects: 5 });
    expect(failureOf(outcome).code).toBe('host_forbidden');
  });

  test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://user:pw@127.0.0.1/', 'http://['])(
    'to %s are refused',
    async (location) => {
      const { outcome } = await callOnce((response) => response.writeHead(302, { location }).end(), { redirects: 5 });
      expect(failureOf(outcome)).toMatchObject({ code: 'redirect_refused', retryable: false });
    },
  );
});
