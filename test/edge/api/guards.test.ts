import { beforeEach, describe, expect, test } from '@jest/globals';
import { aBreaker, aBulkhead } from '../../support/a-guard-desk.ts';
import { type Asked, aPorch, type Porch } from './a-porch.ts';

const target = 'http:https://api.example.com:8443';
const breaker = `/api/v3/breakers/${encodeURIComponent(target)}`;
const pool = '/api/v3/bulkheads/ai_model_inference';

describe('breakers over the API', () => {
  let porch: Porch;
  const force = (json: object, more: Asked = {}) => porch.ask('POST', `${breaker}/force`, { json, ...more });

  beforeEach(() => {
    porch = aPorch();
    porch.guards.breakers.push(aBreaker(target, { calls: 40, failures: 3 }), aBreaker('topic:orders'));
  });

  test('a target with slashes and colons in its name is one place in an address', async () => {
    expect(await porch.ask('GET', breaker)).toMatchObject({ status: 200, body: { name: target, calls: 40 } });
  });

  test('one that nobody has heard of is named with those that there are', async () => {
    for (const asked of ['', '/audit']) {
      const { status, body } = await porch.ask('GET', `/api/v3/breakers/topic%3Aoders${asked}`);
      expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'breaker_not_found' });
      expect(body['detail']).toBe(
        `nobody has heard of breaker \`topic:oders\`; there are \`${target}\`, \`topic:orders\``,
      );
    }
    for (const action of ['release', 'reset'])
      expect(await porch.ask('POST', `/api/v3/breakers/topic%3Aoders/${action}`)).toMatchObject({ status: 404 });
  });

  test('forcing says what, why, by whom and until when, in the answer and in the audit', async () => {
    const told = await force(
      { kind: 'forced_open', reason: 'the provider asked us to stop', for: '10m' },
      { headers: { 'x-breakwater-operator': 'ada', 'idempotency-key': 'k-1' } },
    );
    const until = porch.clock.now() + 600_000;
    const override = { kind: 'forced_open', reason: 'the provider asked us to stop', by: 'ada', until };
    expect(told).toMatchObject({ status: 200, body: { state: 'forced_open', own: 'closed', override, revision: 1 } });
    expect(told.headers.get('etag')).toBe('"1"');
    const { body } = await porch.ask('GET', `${breaker}/audit`);
    expect(body['lines']).toEqual([
      {
        guard: 'breaker',
        name: target,
        at: porch.clock.now(),
        by: 'operator:ada',
        action: 'forced',
        because: 'the provider asked us to stop',
        after: 'forced_open until 2031-01-01T00:10:00.000Z',
        number: 1,
        request: 'k-1',
      },
    ]);
  });

  test.each([
    [{ kind: 'forced_open', reason: ' ' }, 'reason', /is needed/],
    [{ kind: 'forced_open' }, 'reason', /string/],
    [{ kind: 'ajar', reason: 'x' }, 'kind', /forced_open/],
    [{ kind: 'shadow', reason: 'x', until: '2030-12-31T00:00:00Z' }, 'until', /is over already/],
    [{ kind: 'shadow', reason: 'x', for: '0ms' }, 'for', /is over already/],
    [{ kind: 'shadow', reason: 'x', for: '10m', until: '2031-01-02T00:00:00Z' }, 'until', /say one of them/],
    [{ kind: 'shadow', reason: 'x', for: '400d' }, 'for', /366 days/],
    [{ kind: 'shadow', reason: 'x', until: '2033-01-01T00:00:00Z' }, 'until', /more than a year ahead/],
    [{ kind: 'shadow', reason: 'x', untill: 5 }, 'untill', /no such field/],
  ])('forcing with %j is refused at its field, and nothing is stored', async (json, path, message) => {
    const { status, body } = await force(json);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body['errors']).toEqual([{ path, message: expect.stringMatching(message) }]);
    expect((await porch.guards.records.readAll()).breakers).toEqual([]);
  });

  test('the same key with the same body acts once, and with another one is refused', async () => {
    const json = { kind: 'forced_open', reason: 'it burns', for: '10m' };
    const headers = { 'idempotency-key': 'k-1' };
    await force(json, { headers });
    await porch.clock.advance(1_000);
    const again = await force(json, { headers });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body['revision']).toBe(1);
    const other = await force({ ...json, reason: 'it is well' }, { headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect((await porch.ask('GET', `${breaker}/audit`)).body['lines']).toHaveLength(1);
  });

  test('who releases it has it judge for itself, and who does so again changes nothing', async () => {
    await force({ kind: 'disabled', reason: 'it burns' });
    const released = await porch.ask('POST', `${breaker}/release`, { json: { reason: 'it is well' } });
    expect(released.body).toMatchObject({ state: 'closed', revision: 2 });
    expect(released.body).not.toHaveProperty('override');
    const again = await porch.ask('POST', `${breaker}/release`);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body['revision']).toBe(2);
  });

  test('a breaker that was never called can be forced and configured before it is', async () => {
    const path = '/api/v3/breakers/handler%3Aresize';
    const json = { kind: 'forced_open', reason: 'not before Monday' };
    expect(await porch.ask('POST', `${path}/force`, { json })).toMatchObject({ status: 200 });
    expect((await porch.ask('GET', path)).body).toMatchObject({ state: 'forced_open', own: 'closed', calls: 0 });
  });

  test('a configuration is what is said now and nothing of before, with the rules that come of it', async () => {
    await porch.ask('PUT', breaker, { json: { failures: 3, openMs: 60_000 } });
    const told = await porch.ask('PUT', breaker, {
      json: { preset: 'ai_model_inference', successes: 5, reason: 'slow' },
    });
    expect(told.body).toMatchObject({
      spec: { preset: 'ai_model_inference', successes: 5 },
      rules: { failures: 3, openMs: 120_000, successes: 5 },
      revision: 2,
    });
    expect(told.body['spec']).not.toHaveProperty('openMs');
    const { body } = await porch.ask('GET', `${breaker}/audit?size=1`);
    expect(body['lines']).toMatchObject([
      {
        action: 'configured',
        because: 'slow',
        before: '{"failures":3,"openMs":60000}',
        after: '{"preset":"ai_model_inference","successes":5}',
      },
    ]);
  });

  test('faults of a configuration are told with their fields, all at once', async () => {
    const json = { failures: -1, openMs: 0, window: { kind: 'time', ms: 1 } };
    const { body } = await porch.ask('PUT', breaker, { json });
    expect((body['errors'] as { path: string }[]).map(({ path }) => path).toSorted()).toEqual([
      'failures',
      'openMs',
      'window.ms',
    ]);
    const preset = await porch.ask('PUT', breaker, { json: { preset: 'ai' } });
    expect(preset.body['detail']).toMatch(/preset: there is no preset "ai"; there are .*ai_model_inference/);
  });

  test('a change on another revision than the stored one is refused with that', async () => {
    await porch.ask('PUT', breaker, { json: { failures: 3 }, headers: { 'if-match': '"0"' } });
    const late = await porch.ask('PUT', breaker, { json: { failures: 4 }, headers: { 'if-match': '"0"' } });
    expect(late).toMatchObject({ status: 412, body: { code: 'guard_changed' } });
    expect(late.headers.get('etag')).toBe('"1"');
    const right = await porch.ask('PUT', breaker, { json: { failures: 4 }, headers: { 'if-match': '"1"' } });
    expect(right.body).toMatchObject({ revision: 2, spec: { failures: 4 } });
    const wrong = await porch.ask('PUT', breaker, { json: { failures: 4 }, headers: { 'if-match': 'newest' } });
    expect(wrong).toMatchObject({ status: 400 });
  });

  test('a reset is told to the breaker and stands in the audit with what it was before', async () => {
    porch.guards.breakers[0] = aBreaker(target, { state: 'open', own: 'open' });
    const told = await porch.ask('POST', `${breaker}/reset`, { json: { reason: 'the provider is back' } });
    expect(told).toMatchObject({ status: 200, body: { revision: 1 } });
    const { breakers } = await porch.guards.records.readAll();
    expect(breakers).toMatchObject([{ resetAt: porch.clock.now() }]);
    const { body } = await porch.ask('GET', `${breaker}/audit`);
    expect(body['lines']).toMatchObject([{ action: 'reset', before: 'open', after: 'closed' }]);
  });

  test('the list is by name, of one state where that is asked for, and in pages', async () => {
    await porch.ask('POST', '/api/v3/breakers/handler%3Aresize/force', { json: { kind: 'shadow', reason: 'x' } });
    const namesOf = ({ body }: { body: Record<string, unknown> }) =>
      (body['breakers'] as { name: string }[]).map(({ name }) => name);
    const first = await porch.ask('GET', '/api/v3/breakers?size=2');
    expect(namesOf(first)).toEqual(['handler:resize', target]);
    const { page_token: token } = first.body['page'] as { page_token: string };
    const second = await porch.ask('GET', `/api/v3/breakers?size=2&page_token=${token}`);
    expect(namesOf(second)).toEqual(['topic:orders']);
    expect(second.body['page']).toMatchObject({ has_next: false });
    expect(namesOf(await porch.ask('GET', '/api/v3/breakers?state=shadow,open'))).toEqual(['handler:resize']);
    expect((await porch.ask('GET', '/api/v3/breakers?page_token=none')).body['code']).toBe('invalid_request');
  });

  test('the audit is read in pages', async () => {
    for (const failures of [1, 2, 3]) await porch.ask('PUT', breaker, { json: { failures } });
    const first = await porch.ask('GET', `${breaker}/audit?size=2`);
    expect(first.body['lines']).toMatchObject([{ number: 3 }, { number: 2 }]);
    const { page_token: token } = first.body['page'] as { page_token: string };
    const last = await porch.ask('GET', `${breaker}/audit?size=2&page_token=${token}`);
    expect(last.body).toMatchObject({ lines: [{ number: 1 }], page: { has_next: false } });
    expect((await porch.ask('GET', `${breaker}/audit?page_token=none`)).body['code']).toBe('invalid_request');
  });

  test.each(['%20x', 'x%0Ay', 'x'.repeat(401)])('the name %s is none', async (name) => {
    const { status, body } = await porch.ask('GET', `/api/v3/breakers/${name}`);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body['detail']).toMatch(/^path.name: /);
  });
});

describe('bulkheads over the API', () => {
  test('one is made by configuring it, changed, and gone again with its configuration', async () => {
    const porch = aPorch();
    expect(await porch.ask('GET', pool)).toMatchObject({ status: 404, body: { code: 'bulkhead_not_found' } });
    const made = await porch.ask('PUT', pool, { json: { preset: 'ai_model_inference' } });
    expect(made.body).toMatchObject({ limit: 3, queueMost: 30, inUse: 0, revision: 1 });
    const changed = await porch.ask('PUT', pool, { json: { limit: 7, weights: { acme: 2 } } });
    expect(changed.body).toMatchObject({ limit: 7, spec: { limit: 7, weights: { acme: 2 } }, revision: 2 });
    const headers = { 'idempotency-key': 'k' };
    expect((await porch.ask('POST', `${pool}/reset`, { headers })).body).toMatchObject({ limit: 10, revision: 3 });
    expect((await porch.ask('GET', '/api/v3/bulkheads')).body).toMatchObject({ bulkheads: [] });
    const again = await porch.ask('POST', `${pool}/reset`, { headers });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await porch.ask('GET', `${pool}/audit`)).body['lines']).toMatchObject([
      { action: 'reset' },
      { action: 'configured' },
      { action: 'configured' },
    ]);
  });

  test('a limit of 0 is refused with what does what is meant', async () => {
    const { status, body } = await aPorch().ask('PUT', pool, { json: { limit: 0 } });
    expect(status).toBe(400);
    expect(body['detail']).toMatch(/^limit: must be a whole number from 1 to .*force a breaker open/);
  });
});

describe('/api/v3/orchestration/health', () => {
  test('has all guards, where they get what they share, and first what is unwell', async () => {
    const porch = aPorch();
    porch.guards.breakers.push(aBreaker('a'), aBreaker('z', { state: 'open', own: 'open', retryAt: 5 }));
    porch.guards.bulkheads.push(aBulkhead('idle'), aBulkhead('full', { inUse: 10, depth: 40 }));
    const { body } = await porch.ask('GET', '/api/v3/orchestration/health');
    expect(body).toMatchObject({
      mode: 'shared',
      instances: 1,
      counts: { breakers: { closed: 1, open: 1 }, bulkheads: 2 },
      breakers: [{ name: 'z', state: 'open' }, { name: 'a' }],
      bulkheads: [{ name: 'full', depth: 40 }, { name: 'idle' }],
    });
  });

  test('names what is wrong also where there are more guards than an answer holds', async () => {
    const porch = aPorch();
    for (let at = 0; at < 600; at++) porch.guards.breakers.push(aBreaker(`target ${at}`));
    porch.guards.breakers.push(aBreaker('zulu', { state: 'forced_open' }));
    const { body } = await porch.ask('GET', '/api/v3/orchestration/health');
    const breakers = body['breakers'] as { name: string }[];
    expect(breakers).toHaveLength(500);
    expect(breakers[0]).toMatchObject({ name: 'zulu' });
    expect(body['counts']).toEqual({ breakers: { closed: 600, forced_open: 1 }, bulkheads: 0 });
  });
});
