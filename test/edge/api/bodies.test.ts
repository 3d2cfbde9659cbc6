import { describe, expect, test } from '@jest/globals';
import { apiLimits } from '../../../shared/edge/api/limits.ts';
import { aPorch, order } from './a-porch.ts';

const json = { 'content-type': 'application/json' };
const yaml = { 'content-type': 'application/yaml' };
const submit = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) =>
  aPorch().ask('POST', '/api/v3/jobs', { body, headers });

describe('bodies', () => {
  test('malformed JSON is refused with the place', async () => {
    expect(await submit('{"name": "x",\n "nodes": ]}')).toMatchObject({
      status: 400,
      body: { code: 'malformed_body', detail: 'the body is no JSON at line 2, column 11 (position 24)' },
    });
  });

  test('malformed YAML is refused with the place', async () => {
    expect(await submit('name: x\nnodes: [a, {b: 1\n', yaml)).toMatchObject({
      status: 400,
      body: { code: 'malformed_body', detail: expect.stringMatching(/no YAML at line 3, column 1: /) },
    });
  });

  test('aliases that multiply are refused', async () => {
    const levels = 'bcdefghi'.split('').map((each, at) => `${each}: &${each} [${`*${'abcdefgh'[at]},`.repeat(9)}]`);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${levels.join('\n')}\n`;
    expect(await submit(bomb, yaml)).toMatchObject({ status: 400, body: { code: 'malformed_body' } });
  });

  test('bytes that are no UTF-8 are refused', async () => {
    const told = await submit(new Uint8Array([0x22, 0xff, 0x22]));
    expect(told).toMatchObject({ status: 400, body: { code: 'malformed_body', detail: 'the body is not UTF-8' } });
  });

  test('no body where one is needed is refused', async () => {
    expect(await aPorch().ask('POST', '/api/v3/jobs', { headers: json })).toMatchObject({ status: 400 });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', ''])('a body of kind "%s" is refused', async (type) => {
    const told = await submit('{}', { 'content-type': type });
    expect(told).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  test('a body that is encoded is refused', async () => {
    expect(await submit('{}', { ...json, 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
  });

  test('only jobs may come as YAML', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    const told = await porch.ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, { body: 'a: 1', headers: yaml });
    expect(told).toMatchObject({ status: 415, body: { detail: expect.stringContaining('reads application/json') } });
  });

  test('a body that says it is too large is not read', async () => {
    const told = await submit('{}', { ...json, 'content-length': String(apiLimits.jobBytes + 1) });
    expect(told).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test('YAML has a lower limit than JSON, for it is slow to read', async () => {
    const body = ' '.repeat(apiLimits.yamlBytes + 1);
    expect(await submit(body, yaml)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    expect(await submit(body, json)).toMatchObject({ status: 400, body: { code: 'malformed_body' } });
  });

  test('a body without a length is read up to the limit and no further', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const told = await porch.ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, { body: endless, headers: json });
    expect(told).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining(String(apiLimits.valueBytes)) },
    });
    expect(sent).toBeLessThan(apiLimits.valueBytes + 4 * 65_536);
  });

  test.each([
    ['too deep', `${'['.repeat(200)}${']'.repeat(200)}`],
    ['beyond all numbers', '[1e999]'],
    ['as deep as a stack', `${'['.repeat(400_000)}${']'.repeat(400_000)}`],
  ])('a value that is %s is refused', async (_, body) => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    const told = await porch.ask('POST', `/api/v3/jobs/${jobId}/signals/approve`, { body, headers: json });
    expect(told).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});
