import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { aPorch, order } from './a-porch.ts';

describe('failures of the world', () => {
  test('a store that does not answer is 503 with a time to come back', async () => {
    const { ask, engine, reported } = aPorch();
    engine.breaks(new CodedError('store_unavailable', 'the store has not answered for 5 s'));
    const told = await ask('POST', '/api/v3/jobs', { json: order });
    expect(told).toMatchObject({
      status: 503,
      body: { code: 'store_unavailable', detail: 'the store has not answered for 5 s' },
    });
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(reported).toEqual([]);
  });

  test('a full store is 507, told by its code and reported', async () => {
    const { ask, engine, reported } = aPorch();
    engine.breaks(new CodedError('store_full', 'ENOSPC: /var/lib/breakwater'));
    const told = await ask('POST', '/api/v3/jobs', { json: order });
    expect(told).toMatchObject({ status: 507, body: { code: 'store_full' } });
    expect(reported).toHaveLength(1);
  });

  test.each(['store_too_new', 'store_too_old'])('a job that another version wrote is told so: %s', async (code) => {
    const { ask, engine, reported } = aPorch();
    const sentence = 'Job job-1 was written by a newer Breakwater (schema 2; this one knows 1): upgrade this one.';
    engine.breaks(new CodedError(code, sentence));
    const told = await ask('GET', '/api/v3/jobs/job-1');
    expect(told).toMatchObject({ status: 500, body: { code: 'job_unreadable', detail: sentence } });
    expect(reported).toEqual([]);
  });

  test('what is our own fault is reported under an id, and nothing of its inside is told', async () => {
    const { ask, engine, reported } = aPorch();
    const bug = new TypeError('secret of /home/ada: undefined is no function');
    engine.breaks(bug);
    const told = await ask('GET', '/api/v3/jobs/job-1');
    expect(told).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect(JSON.stringify(told.body)).not.toMatch(/secret|ada|TypeError/);
    const errorId = told.body['errorId'] as string;
    expect(errorId).toMatch(/^[0-9a-z]{22}$/);
    expect(reported).toEqual([{ error: bug, context: `error ${errorId} in getJob, GET /api/v3/jobs/job-1` }]);
  });

  test('health is 503 while the store fails or the engine does not run', async () => {
    const { ask, engine } = aPorch();
    expect(await ask('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok', version: '0.1.0' } });
    engine.reports({ storeFailure: { code: 'store_unavailable', message: 'gone', since: 1 } });
    expect(await ask('GET', '/health')).toMatchObject({ status: 503, body: { status: 'degraded' } });
    engine.reports({ state: 'stopping' });
    expect(await ask('GET', '/api/v3/health')).toMatchObject({ status: 503, body: { status: 'stopping' } });
  });
});

describe('addresses', () => {
  test.each(['/', '/api/v3', '/api/v3/job', '/api/v3/jobs/', '/api/v2/jobs', '/api/v3/jobs/a/nodes/b/c'])(
    '%s is no address',
    async (path) => {
      const told = await aPorch().ask('GET', path);
      expect(told).toMatchObject({ status: 404, body: { code: 'route_not_found', instance: path } });
    },
  );

  test.each([
    ['DELETE', '/api/v3/jobs', 'POST, GET, HEAD'],
    ['PUT', '/api/v3/jobs/job-1', 'GET, HEAD'],
    ['GET', '/api/v3/jobs/job-1/cancel', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
  ])('%s %s is refused with the methods that are known', async (method, path, allow) => {
    const told = await aPorch().ask(method, path);
    expect(told).toMatchObject({ status: 405, body: { code: 'method_not_allowed', allowed: allow.split(', ') } });
    expect(told.headers.get('allow')).toBe(allow);
  });

  test('OPTIONS says what is allowed, and HEAD is GET without a body', async () => {
    const { ask } = aPorch();
    const options = await ask('OPTIONS', '/api/v3/jobs');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD']);
    const head = await ask('HEAD', '/health');
    expect([head.status, head.body]).toEqual([200, { text: '' }]);
  });

  test('an address that is badly encoded is a 404 and no failure', async () => {
    const { ask, reported } = aPorch();
    expect(await ask('GET', '/api/v3/jobs/%E0%A4%A')).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
    expect(reported).toEqual([]);
  });
});

describe('other sites', () => {
  test.each(['https://evil.example', 'http://127.0.0.1:9999', 'null'])('a page of %s may not post', async (origin) => {
    const { ask } = aPorch();
    const told = await ask('POST', '/api/v3/jobs', { json: order, headers: { origin } });
    expect(told).toMatchObject({ status: 403, body: { code: 'foreign_origin' } });
    expect((await ask('GET', '/api/v3/jobs')).body['jobs']).toEqual([]);
  });

  test('a page of our own may', async () => {
    const told = await aPorch().ask('POST', '/api/v3/jobs', {
      json: order,
      headers: { origin: 'http://127.0.0.1:8080' },
    });
    expect(told.status).toBe(201);
  });

  test('a name that was pointed at us is not answered when the names are known', async () => {
    const known = aPorch({ hosts: ['localhost'] });
    expect(await known.ask('GET', '/health')).toMatchObject({ status: 403, body: { allowed: ['localhost'] } });
    expect((await aPorch({ hosts: ['localhost', '127.0.0.1'] }).ask('GET', '/health')).status).toBe(200);
  });
});
