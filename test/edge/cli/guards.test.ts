import { beforeEach, describe, expect, test } from '@jest/globals';
import { aBreaker, aBulkhead } from '../../support/a-guard-desk.ts';
import { aPorch, type Porch } from '../api/a-porch.ts';
import { runIn } from './a-world.ts';

const target = 'http:https://api.example.com';
const files = {
  'careful.yaml': 'failures: 3\nwindow: { kind: time, ms: 30000 }\nfailureRate: 0.5\n',
  'wide.json': '{"limit": 20, "queueMost": 5}',
  'wrong.yaml': 'failures: -3\n',
  'none.yaml': '- 1\n',
};

describe('breakwater breakers', () => {
  let porch: Porch;
  beforeEach(() => {
    porch = aPorch();
    porch.guards.breakers.push(
      aBreaker(target, { calls: 240, failures: 3 }),
      aBreaker('topic:orders', {
        state: 'open',
        own: 'open',
        because: '5 failures in a row at 2 instances',
        retryAt: porch.clock.now() + 25_000,
        calls: 5,
        failures: 5,
      }),
      aBreaker('handler:resize'),
    );
  });

  const ask = (...args: string[]) => {
    const fetch = (url: string, init: RequestInit) => porch.api.fetch(new Request(url, init));
    return runIn({ files, fetch, clock: porch.clock }, ...args);
  };
  const breakers = (...args: string[]) => ask('breakers', ...args);
  const force = (...args: string[]) => breakers('force', target, ...args);

  test('lists them by name in lines that fit, with what a caller meets and why', async () => {
    await force('--open', '--reason', `the provider asked us to stop, and ${'said so '.repeat(20)}`, '--for', '10m');
    const { out, err, code } = await breakers();
    expect(out.split('\n')).toEqual([
      'closed         handler:resize',
      'forced_open    http:https://api.example.com  10 min 0 s more, cli:test: the pro…',
      'open           topic:orders                  probe in 25.00 s: 5 failures in a …',
      '',
    ]);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('of an adaptive one says why its rate is what it is, of any other the rate alone', async () => {
    const [told, failureRate] = ['12 % of at least 50 calls: it fails at 3 % by itself', 0.12];
    const rules = { ...aBreaker('any').rules, failureRate, minimumCalls: 50 };
    porch.guards.breakers.push(
      aBreaker('adaptive', { failureRate, threshold: told, rules: { ...rules, adaptive: { least: 0.1, most: 0.8 } } }),
      aBreaker('fixed', { failureRate, threshold: told, rules }),
    );
    expect((await breakers('get', 'adaptive')).out).toContain(told);
    const { out } = await breakers('get', 'fixed');
    expect(out).toContain('12 % failed in 1m, of 50 or more');
    expect(out).not.toContain(told);
  });

  test('lists those of some states, in pages', async () => {
    expect((await breakers('--state', 'open,half_open')).out).toMatch(/^open +topic:orders/);
    const first = await breakers('list', '--size', '1');
    expect(first.out).toMatch(/^closed +handler:resize/);
    const token = /--page-token (\S+)/.exec(first.err)?.[1] ?? '';
    expect((await breakers('list', '--size', '1', '--page-token', token)).out).toMatch(/http:https/);
    expect((await breakers('--state', 'half_open')).err).toBe('no breakers of this kind\n');
  });

  test('shows one with what it goes by', async () => {
    await breakers('configure', target, 'careful.yaml', '--reason', 'it is slow to mend');
    const { out } = await breakers('get', target);
    expect(out).toBe(`http:https://api.example.com  closed
  because    it was never open
  calls      240 in the window of this instance, 3 failed
  opens at   3 failures in a row
             50 % failed in 30s, of 20 or more
  is open    30s, then longer, up to 5m
  closes at  2 probes in a row that succeeded, 1 at once
  said       revision 1: {"failures":3,"window":{"kind":"time","ms":30000},"failureRate":0.5}
`);
  });

  test('forces one and shows what has come of it', async () => {
    const { out, code } = await force('--shadow', '--reason', 'a rehearsal');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^http:https:\/\/api.example.com {2}shadow\n {2}forced +by cli:test, until released: a rehearsal\n/,
    );
    expect(out).toMatch(/ {2}otherwise +closed\n/);
  });

  test('what is needed to force one is asked for', async () => {
    expect(await force('--reason', 'x')).toMatchObject({ code: 2, err: expect.stringMatching(/one of --open/) });
    expect(await force('--open', '--closed', '--reason', 'x')).toMatchObject({ code: 2 });
    expect(await force('--open')).toMatchObject({ code: 2, err: expect.stringMatching(/reason/) });
    expect(await force('--open', '--reason', 'x', '--for', 'long')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/for: must be/),
    });
  });

  test('the same under one key is done once, and says so', async () => {
    const args = ['--open', '--reason', 'x', '--request-key', 'k-1'];
    await force(...args);
    expect((await force(...args)).out).toMatch(
      /^http:https:\/\/api.example.com {2}forced_open \(this had been done before\)\n/,
    );
    expect(await force('--closed', '--reason', 'x', '--request-key', 'k-1')).toMatchObject({ code: 1 });
  });

  test('releases, resets, and tells who did what, newest first', async () => {
    await force('--open', '--reason', 'it burns');
    await porch.clock.advance(1_000);
    expect((await breakers('release', target, '--reason', 'it is well')).out).toMatch(/^http\S+ {2}closed\n/);
    await porch.clock.advance(1_000);
    await breakers('reset', 'topic:orders');
    expect((await breakers('audit', target)).out).toBe(
      '2031-01-01 00:00:01  released  operator:cli:test: it is well\n' +
        '2031-01-01 00:00:00  forced  operator:cli:test: it burns\n',
    );
    expect((await breakers('audit', 'topic:orders')).out).toMatch(/ {2}reset {2}operator:cli:test: /);
    expect((await breakers('audit', 'handler:resize')).err).toBe('nothing has happened to it\n');
  });

  test('one that nobody has heard of is named with those that there are', async () => {
    const { err, code } = await breakers('reset', 'topic:oders');
    expect(code).toBe(1);
    expect(err).toBe(
      'breakwater: nobody has heard of breaker `topic:oders`; there are `handler:resize`, `http:https://api.example.com`, `topic:orders`. `breakwater breakers` shows those that there are.\n',
    );
  });

  test('a configuration needs a file or a preset, and what is wrong with it is told with its field', async () => {
    expect(await breakers('configure', target)).toMatchObject({ code: 2, err: expect.stringMatching(/--preset/) });
    expect((await breakers('configure', target, '--preset', 'ai_model_inference')).out).toMatch(/3 failures in a row/);
    const wrong = await breakers('configure', target, 'wrong.yaml');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/failures: must be a whole number from 0/) });
    const none = await breakers('configure', target, 'none.yaml');
    expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/none.yaml.*must be fields/) });
    const unknown = await breakers('configure', target, '--preset', 'ai');
    expect(unknown).toMatchObject({ code: 2, err: expect.stringMatching(/there is no preset/) });
  });

  test('every command prints the answer as JSON where that is asked for', async () => {
    for (const args of [[], ['get', target], ['audit', target], ['reset', target], ['release', target]]) {
      const { out } = await breakers(...args, '--json');
      expect(() => JSON.parse(out) as unknown).not.toThrow();
    }
  });

  test('breakwater guards tells where they get what they share, and what is unwell', async () => {
    porch.guards.bulkheads.push(aBulkhead('idle'), aBulkhead('full', { inUse: 10, depth: 100 }));
    expect((await ask('guards')).out).toBe(`shared
1 instance, 2 bulkheads, breakers: 2 closed, 1 open
open           topic:orders  probe in 25.00 s: 5 failures in a row at 2 instanc…
full  10 of 10 in use, 100 of 100 waiting
`);
  });
});

describe('breakwater bulkheads', () => {
  test('makes one, shows it, lists it and takes its configuration away', async () => {
    const porch = aPorch();
    const bulkheads = (...args: string[]) => {
      const fetch = (url: string, init: RequestInit) => porch.api.fetch(new Request(url, init));
      return runIn({ files, fetch, clock: porch.clock }, 'bulkheads', ...args);
    };
    expect((await bulkheads()).err).toBe('no bulkheads\n');
    expect((await bulkheads('configure', 'ai', 'wide.json', '--preset', 'ai_model_inference')).out).toBe(
      `ai  0 of 20 in use, 0 of 5 waiting
  here       0 in use; nobody waiting
  said       revision 1: {"preset":"ai_model_inference","limit":20,"queueMost":5}
`,
    );
    porch.guards.bulkheads.push(
      aBulkhead('full', {
        inUse: 10,
        depth: 12,
        here: { inUse: 4, kept: 1, waiting: { critical: 1, high: 0, normal: 2, low: 0 } },
        share: 5,
      }),
    );
    expect((await bulkheads()).out).toBe(
      'ai    0 of 20 in use, 0 of 5 waiting\n' +
        'full  10 of 10 in use, 12 of 100 waiting; 5 without asking, while the hot store…\n',
    );
    expect((await bulkheads('get', 'full')).out).toMatch(
      / {2}here +4 in use, 1 kept for reuse; 1 critical, 2 normal waiting; 5 without asking/,
    );
    expect((await bulkheads('reset', 'ai')).out).toMatch(/^ai {2}0 of 10 in use/);
    expect((await bulkheads('audit', 'ai')).out.split('\n')).toHaveLength(3);
    expect(await bulkheads('get', 'ai')).toMatchObject({ code: 1 });
  });
});
