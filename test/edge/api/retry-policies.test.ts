import { beforeEach, describe, expect, test } from '@jest/globals';
import { aPorch, type Porch } from './a-porch.ts';

const path = '/api/v3/retry-policies';
const careful = { strategy: 'fixed', delay: '5s', maxAttempts: 4 };
const inMs = { ...careful, delay: 5_000 };
const ada = { 'x-breakwater-operator': 'ada' };
const on = (version: number) => ({ 'if-match': `"${version}"` });

describe('/api/v3/retry-policies', () => {
  let porch: Porch;
  beforeEach(() => {
    porch = aPorch();
  });

  const create = (name: string, policy: object = careful) =>
    porch.ask('POST', path, { json: { name, policy }, headers: ada });
  const put = (name: string, version: number, policy: object) =>
    porch.ask('PUT', `${path}/${name}`, { json: policy, headers: on(version) });

  test('a policy that was given a name is version 1, with its time and who wrote it', async () => {
    const made = await create('careful');
    const view = { name: 'careful', version: 1, policy: inMs, at: porch.clock.now(), by: 'ada' };
    expect([made.status, made.headers.get('etag'), made.headers.get('location')]).toEqual([
      201,
      '"1"',
      `${path}/careful`,
    ]);
    expect(made.body).toEqual(view);
    const read = await porch.ask('GET', `${path}/careful`);
    expect([read.status, read.headers.get('etag'), read.body]).toEqual([200, '"1"', view]);
  });

  test('a policy may come as YAML', async () => {
    const yaml = { body: 'name: careful\npolicy: { delay: 2m }\n', headers: { 'content-type': 'application/yaml' } };
    expect((await porch.ask('POST', path, yaml)).body).toMatchObject({ version: 1, policy: { delay: 120_000 } });
  });

  test('a name that is taken is refused with its newest version, and where it is', async () => {
    await create('careful');
    const told = await create('careful', {});
    expect([told.status, told.headers.get('location')]).toEqual([409, `${path}/careful`]);
    expect(told.body).toMatchObject({
      code: 'policy_exists',
      detail: 'there is a retry policy `careful`, its newest version is 1',
    });
  });

  test('the version that was read may be replaced, and earlier ones can still be read', async () => {
    await create('careful');
    const written = await put('careful', 1, { maxAttempts: 9 });
    expect([written.status, written.headers.get('etag'), written.body['version']]).toEqual([200, '"2"', 2]);
    expect((await porch.ask('GET', `${path}/careful?version=1`)).body).toMatchObject({ version: 1, policy: inMs });
    expect((await porch.ask('GET', `${path}/careful/versions`)).body).toMatchObject({
      name: 'careful',
      versions: [
        { version: 2, policy: { maxAttempts: 9 } },
        { version: 1, policy: inMs },
      ],
    });
  });

  test('who has not seen the newest version replaces and deletes nothing', async () => {
    await create('careful');
    await put('careful', 1, { maxAttempts: 9 });
    const [late, gone] = [
      await put('careful', 1, { maxAttempts: 2 }),
      await porch.ask('DELETE', `${path}/careful`, { headers: on(1) }),
    ];
    for (const told of [late, gone]) {
      expect([told.status, told.headers.get('etag')]).toEqual([412, '"2"']);
      expect(told.body).toMatchObject({
        code: 'policy_changed',
        detail: 'the newest version of retry policy `careful` is 2, not 1',
      });
    }
    expect((await porch.ask('GET', `${path}/careful`)).body).toMatchObject({ version: 2, policy: { maxAttempts: 9 } });
  });

  test('who does not say which version is replaced is told to', async () => {
    await create('careful');
    const told = await porch.ask('PUT', `${path}/careful`, { json: {} });
    expect([told.status, told.body['code']]).toEqual([428, 'version_required']);
    const wrong = await porch.ask('PUT', `${path}/careful`, { json: {}, headers: { 'if-match': '*' } });
    expect(wrong.body).toMatchObject({ code: 'invalid_request', errors: [{ path: 'header.if-match' }] });
  });

  test('the same put twice is one version', async () => {
    await create('careful');
    const [first, again] = [await put('careful', 1, { maxAttempts: 9 }), await put('careful', 1, { maxAttempts: 9 })];
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });

  test('what was deleted is not found, and has the next version when it comes back', async () => {
    await create('careful');
    expect((await porch.ask('DELETE', `${path}/careful`)).body).toEqual({ name: 'careful', version: 1 });
    for (const [method, where] of [
      ['GET', ''],
      ['GET', '/versions'],
      ['DELETE', ''],
    ] as const) {
      const told = await porch.ask(method, `${path}/careful${where}`);
      expect([told.status, told.body['code']]).toEqual([404, 'policy_not_found']);
    }
    expect((await put('careful', 1, {})).status).toBe(404);
    expect((await create('careful')).body).toMatchObject({ version: 2 });
  });

  test('all are listed by name, in pages', async () => {
    for (const name of ['c', 'a', 'b']) await create(name);
    const first = (await porch.ask('GET', `${path}?size=2`)).body as unknown as Listed;
    const rest = await porch.ask('GET', `${path}?size=2&page_token=${first.page.page_token}`);
    expect([first.policies.map(({ name }) => name), first.page.has_next]).toEqual([['a', 'b'], true]);
    expect(rest.body).toMatchObject({ policies: [{ name: 'c', version: 1 }], page: { has_next: false } });
    expect((await porch.ask('GET', `${path}?page_token=nonsense`)).body['code']).toBe('invalid_request');
  });

  test('every fault of a policy is named with its path, and nothing is stored', async () => {
    const { status, body } = await porch.ask('POST', path, {
      json: { name: 'a/b', policy: { strategy: 'fixd', delay: '2m', maxDelay: '1m' }, note: 1 },
    });
    const paths = (body['errors'] as { path: string }[]).map((each) => each.path);
    expect([status, body['code']]).toEqual([400, 'invalid_policy']);
    expect(paths.toSorted()).toEqual(['name', 'note', 'policy.maxDelay', 'policy.strategy']);
    const inPut = await put('careful', 1, { maxAttempts: 0 });
    expect(inPut.body).toMatchObject({ code: 'invalid_policy', errors: [{ path: 'maxAttempts' }] });
    expect((await porch.policies.list('retry', { size: 5 })).policies).toEqual([]);
  });

  test.each([['a text'], [[1]], [null]])('%j in the place of a policy with a name is refused', async (json) => {
    expect((await porch.ask('POST', path, { json })).body).toMatchObject({
      code: 'invalid_policy',
      errors: [{ path: '', message: 'must be an object of `name` and `policy`' }],
    });
  });

  test('a name that cannot be one is refused before anybody looks for it', async () => {
    const told = await porch.ask('GET', `${path}/${encodeURIComponent('a@3')}`);
    expect(told.body).toMatchObject({ code: 'invalid_request', errors: [{ path: 'path.name' }] });
  });
});

interface Listed {
  readonly policies: readonly { readonly name: string }[];
  readonly page: { readonly page_token: string; readonly has_next: boolean };
}

describe('a job that names a retry policy', () => {
  const job = (retry: unknown) => ({ name: 'x', nodes: [{ id: 'a', type: 'function', handler: 'h', retry }] });
  const keyed = { 'idempotency-key': 'k' };
  let porch: Porch;

  beforeEach(async () => {
    porch = aPorch();
    await porch.ask('POST', path, { json: { name: 'careful', policy: careful } });
  });

  const submit = (retry: unknown, headers = {}) => porch.ask('POST', '/api/v3/jobs', { json: job(retry), headers });
  const specOf = async (jobId: unknown) => (await porch.ask('GET', `/api/v3/jobs/${String(jobId)}/spec`)).body;
  const update = () => porch.ask('PUT', `${path}/careful`, { json: { maxAttempts: 9 }, headers: on(1) });

  test('keeps the version that it started with, whatever becomes of the policy', async () => {
    const { body } = await submit('careful');
    await update();
    await porch.ask('DELETE', `${path}/careful`);
    const retry = { ...inMs, policy: { name: 'careful', version: 1 } };
    expect(await specOf(body['jobId'])).toEqual(job(retry));
  });

  test('may ask for an earlier version', async () => {
    await update();
    const { body } = await submit({ policy: 'careful', version: 1 });
    expect(await specOf(body['jobId'])).toEqual(job({ ...inMs, policy: { name: 'careful', version: 1 } }));
  });

  test('J9: under the same key it is the same job although the policy was updated or deleted in between', async () => {
    const { body: first } = await submit('careful', keyed);
    await update();
    const second = await submit('careful', keyed);
    await porch.ask('DELETE', `${path}/careful`);
    const third = await submit('careful', keyed);
    for (const { status, body, headers } of [second, third])
      expect([status, body['jobId'], headers.get('idempotency-replayed')]).toEqual([200, first['jobId'], 'true']);
  });

  test('J9: under the same key another version of the policy is another body', async () => {
    await update();
    await submit({ policy: 'careful', version: 1 }, keyed);
    for (const other of ['careful', { policy: 'careful', version: 2 }, inMs])
      expect((await submit(other, keyed)).body['code']).toBe('idempotency_key_reused');
  });

  test.each([[{}], [keyed]])(
    'is refused by submit when nobody has the policy (with the headers %j)',
    async (headers) => {
      const { status, body } = await submit('carefull', headers);
      const errors = [
        { path: 'nodes[0].retry', message: 'there is no retry policy `carefull`; did you mean `careful`?' },
      ];
      expect([status, body['code'], body['errors']]).toEqual([400, 'invalid_job', errors]);
      expect((await porch.ask('GET', '/api/v3/jobs')).body['jobs']).toEqual([]);
    },
  );

  test('is judged by validate in the same way', async () => {
    const validate = (retry: unknown) => porch.ask('POST', '/api/v3/jobs/validate', { json: job(retry) });
    expect((await validate('careful')).status).toBe(200);
    expect((await validate({ policy: 'careful', version: 7 })).body).toMatchObject({
      code: 'invalid_job',
      errors: [{ path: 'nodes[0].retry.version' }],
    });
  });

  test('is refused when it names more policies than one job may', async () => {
    const nodes = Array.from({ length: 101 }, (_, at) => ({
      id: `n${at}`,
      type: 'function',
      handler: 'h',
      retry: `p${at}`,
    }));
    for (let at = 0; at <= 100; at++) await porch.policies.create('retry', `p${at}`, { body: {}, at: 1, by: 'ada' });
    const { body } = await porch.ask('POST', '/api/v3/jobs', { json: { name: 'x', nodes } });
    expect(body['errors']).toEqual([
      {
        path: 'nodes[100].retry',
        message: 'is one of 101 retry policies that this job names; 100 are the most',
      },
    ]);
  });
});
