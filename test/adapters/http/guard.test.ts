import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nextHop } from '../../../shared/adapters/http/hop.ts';
import { aCall, aCaller, anAttempt, aTarget, closeAll, failureOf, type Target } from './a-target.ts';

let target: Target;
beforeEach(async () => {
  target = await aTarget((response) => response.writeHead(200, { connection: 'close' }).end('{"ok":true}'));
});
afterEach(closeAll);

const ok = { kind: 'succeeded', result: { ok: true } };

/** One call to `host` on the target's port; `answers` are what the name resolves to, one list a look-up. */
async function callHost(host: string, allow: string[], answers: string[][] = [], only = false) {
  const asked: string[] = [];
  const resolver = async (name: string) => {
    asked.push(name);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  const caller = aCaller(allow, { resolver, only });
  const before = target.connections();
  const call = () => caller.call(aCall(`http://${host}:${target.port}/`), anAttempt());
  return { call, asked, made: () => target.connections() - before };
}

describe('the guard', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
    '[::]',
  ])('http://%s is forbidden by default, and nothing is connected', async (host) => {
    const { call, asked, made } = await callHost(host, []);
    const failure = failureOf(await call());
    expect(failure).toMatchObject({ code: 'host_forbidden', retryable: false });
    expect([asked, made()]).toEqual([[], 0]);
  });

  test('a name that leads to a forbidden address is forbidden', async () => {
    const { call, made } = await callHost('evil.example', [], [['127.0.0.1', '::1']]);
    const failure = failureOf(await call());
    expect(failure.code).toBe('host_forbidden');
    expect(failure.message).toContain('127.0.0.1 is a loopback address');
    expect(made()).toBe(0);
  });

  test('the system’s own look-up is guarded, too', async () => {
    const caller = aCaller([]);
    const failure = failureOf(await caller.call(aCall(`http://localhost:${target.port}/`), anAttempt()));
    expect(failure.code).toBe('host_forbidden');
    const trusting = aCaller([`localhost:${target.port}`]);
    expect(await trusting.call(aCall(`http://localhost:${target.port}/`), anAttempt())).toEqual(ok);
  });

  test('of many addresses only the allowed ones are dialled', async () => {
    const { call, made } = await callHost(
      'mixed.example',
      ['127.0.0.1'],
      [['10.0.0.1', '169.254.169.254', '127.0.0.1', '127.0.0.2']],
    );
    expect(await call()).toEqual(ok);
    expect(made()).toBe(1);
  });

  test('a name that changes its mind is looked up once a connection, and judged by that very answer', async () => {
    const { call, asked, made } = await callHost(
      'rebind.example',
      ['127.0.0.1'],
      [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']],
    );
    expect(await call()).toEqual(ok);
    expect([asked.length, made()]).toEqual([1, 1]);
    expect(failureOf(await call()).code).toBe('host_forbidden');
    expect([asked.length, made()]).toEqual([2, 1]);
    expect(await call()).toEqual(ok);
    expect([asked.length, made()]).toEqual([3, 2]);
  });

  test('with only, an unlisted name is never asked for', async () => {
    const { call, asked } = await callHost('secret.evil.example', ['api.example.com'], [['93.184.216.34']], true);
    expect(failureOf(await call()).code).toBe('host_forbidden');
    expect(asked).toEqual([]);
  });

  test('a name without an address is not found, and that may pass', async () => {
    const { call } = await callHost('none.example', [], [[]]);
    const failure = failureOf(await call());
    expect([failure.code, failure.retryable]).toEqual(['host_not_found', undefined]);
  });

  test('what a resolver throws is told by its code', async () => {
    for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
      const caller = aCaller([], { resolver: () => Promise.reject(Object.assign(new Error(code), { code })) });
      expect(failureOf(await caller.call(aCall('http://none.example/'), anAttempt())).code).toBe('host_not_found');
    }
  });

  test('the way never leads from https back to http', () => {
    const hop = { url: new URL('https://example.com/'), method: 'GET', headers: {} };
    expect(nextHop(hop, 302, 'http://example.com/')).toMatchObject({ kind: 'refused', code: 'redirect_refused' });
    expect(nextHop(hop, 302, '//other.example/')).toMatchObject({ kind: 'hop' });
  });
});
