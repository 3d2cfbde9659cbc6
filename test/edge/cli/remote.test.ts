import { describe, expect, test } from '@jest/globals';
import { jsonReply, runIn } from './a-world.ts';

const chain = 'name: chain\nnodes:\n  - { id: a, type: function, handler: nobody }\n';

describe('commands that speak to a running engine', () => {
  test('submit prints the id alone, and hands on the key and who asks', async () => {
    const asked: { url: string; init: RequestInit }[] = [];
    const fetch = (url: string, init: RequestInit) => {
      asked.push({ url, init });
      return jsonReply({ jobId: 'job-1' }, 201);
    };
    const ended = await runIn(
      { files: { 'j.yaml': chain }, fetch },
      'submit',
      'j.yaml',
      '--key',
      'k',
      '--url',
      'http://e',
    );
    expect(ended).toEqual({ code: 0, out: 'job-1\n', err: '' });
    expect(asked[0]!.url).toBe('http://e/api/v3/jobs');
    expect(asked[0]!.init.headers).toMatchObject({ 'idempotency-key': 'k', 'x-breakwater-operator': 'cli:test' });
    expect(JSON.parse(String(asked[0]!.init.body))).toMatchObject({ name: 'chain' });
  });

  test('a fault that only the engine knows is told at its place in the file', async () => {
    const errors = [{ path: 'nodes[0].handler', message: 'no handler `nobody` is registered' }];
    const fetch = () => jsonReply({ code: 'invalid_job', detail: '…', errors }, 400);
    const ended = await runIn({ files: { 'j.yaml': chain }, fetch }, 'submit', 'j.yaml');
    expect(ended).toEqual({
      code: 2,
      out: '',
      err: 'j.yaml:3:30: nodes[0].handler: no handler `nobody` is registered\n',
    });
  });

  test('validate asks an engine only when one is named', async () => {
    const errors = [{ path: 'nodes[0].handler', message: 'is too new for this engine' }];
    const fetch = () => jsonReply({ code: 'invalid_job', detail: '…', errors }, 400);
    expect((await runIn({ files: { 'j.yaml': chain } }, 'validate', 'j.yaml')).code).toBe(0);
    const asked = await runIn({ files: { 'j.yaml': chain }, fetch }, 'validate', 'j.yaml', '--url', 'http://e');
    expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('j.yaml:3:30: nodes[0].handler') });
  });

  test('a refusal is a sentence with what to do next, and 1', async () => {
    const fetch = () =>
      jsonReply({ code: 'job_is_final', detail: 'job `x` is completed', next: 'Submit a new job.' }, 409);
    expect(await runIn({ fetch }, 'cancel', 'x')).toEqual({
      code: 1,
      out: '',
      err: 'breakwater: job `x` is completed. Submit a new job.\n',
    });
  });

  test('skip tells the node and what has become of it, and hands on why', async () => {
    const asked: [string, unknown][] = [];
    const fetch = (url: string, init: RequestInit) => {
      asked.push([url, JSON.parse(String(init.body))]);
      return jsonReply({ jobId: 'j', nodeId: 'each[3]', attempt: 2, state: 'skipped' });
    };
    expect(await runIn({ fetch }, 'skip', 'j', 'each[3]', '--reason', 'by hand', '--url', 'http://e')).toEqual({
      code: 0,
      out: 'j each[3] skipped\n',
      err: '',
    });
    expect(asked).toEqual([['http://e/api/v3/jobs/j/nodes/each%5B3%5D/skip', { reason: 'by hand' }]]);
  });

  test('rollback tells the job, and a compensation is named as it is', async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return jsonReply({ jobId: 'j', nodeId: 'undo(pay)', attempt: 5, state: 'ready' });
    };
    expect(await runIn({ fetch }, 'rollback', 'j', '--url', 'http://e')).toMatchObject({ code: 0, out: 'j ready\n' });
    expect(await runIn({ fetch }, 'retry-compensation', 'j', 'undo(pay)', '--url', 'http://e')).toMatchObject({
      code: 0,
      out: 'j undo(pay) ready\n',
    });
    expect(asked).toEqual([
      'http://e/api/v3/jobs/j/rollback',
      'http://e/api/v3/jobs/j/nodes/undo(pay)/retry-compensation',
    ]);
  });

  test.each([
    [['cancel', 'j'], 'cancel'],
    [['pause', 'j'], 'pause'],
    [['resume', 'j'], 'resume'],
    [['skip', 'j', 'n'], 'nodes/n/skip'],
    [['rollback', 'j'], 'rollback'],
    [['retry-compensation', 'j', 'n'], 'nodes/n/retry-compensation'],
    [['retries', 'now', 'j', 'n', '--attempt', '1'], 'nodes/n/retry'],
    [['retries', 'cancel', 'j', 'n', '--attempt', '1'], 'nodes/n/cancel-retry'],
  ])('%j hands on the key of the request and why, and says when it had been done before', async (command, path) => {
    const asked: { url: string; init: RequestInit }[] = [];
    const fetch = (url: string, init: RequestInit) => {
      asked.push({ url, init });
      const body = JSON.stringify({ jobId: 'j', nodeId: 'n', attempt: 1, state: 'done' });
      return new Response(body, { headers: { 'idempotency-replayed': 'true' } });
    };
    const ended = await runIn({ fetch }, ...command, '--request-key', 'k', '--reason', 'a test');
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('done (this had been done before)'), err: '' });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.url).toBe(`http://engine/api/v3/jobs/j/${path}`);
    expect(asked[0]!.init.headers).toMatchObject({ 'idempotency-key': 'k' });
    expect(JSON.parse(String(asked[0]!.init.body))).toMatchObject({ reason: 'a test' });
  });

  test('where no engine answers, it says so and how to start one', async () => {
    const { code, err } = await runIn({}, 'list');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^breakwater: No engine answers at http:\/\/engine \(ECONNREFUSED\).*npm start/),
    });
  });

  test('what answers but is no engine is told from one', async () => {
    const fetch = () => new Response('<html>', { status: 502 });
    expect(await runIn({ fetch }, 'get', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('is no engine') });
  });

  test('signal takes JSON, text or nothing as data', async () => {
    const bodies: unknown[] = [];
    const fetch = (_: string, { body }: RequestInit) => {
      bodies.push(JSON.parse(String(body)));
      return jsonReply({ jobId: 'j', state: 'running' });
    };
    await runIn({ fetch }, 'signal', 'j', 'go', '{"a":1}');
    await runIn({ fetch }, 'signal', 'j', 'go', 'yes please');
    expect(await runIn({ fetch }, 'signal', 'j', 'go')).toEqual({ code: 0, out: 'j running\n', err: '' });
    expect(bodies).toEqual([{ a: 1 }, 'yes please', null]);
  });

  test('watch takes a stream up again where it broke off, and ends as the job did', async () => {
    const line = (seq: number, more: object) =>
      `id: ${seq}\nevent: claimed\ndata: ${JSON.stringify({ seq, at: 1_000 + seq, event: 'claimed', ...more })}\n\n`;
    const streams = [
      `retry: 1000\n\n${line(1, { node: 'a', to: 'running', attempt: 1 })}: keep-alive\n\nid: 2\nevent: cl`,
      `${line(2, { node: 'a', to: 'failed', attempt: 2 })}id: end\nevent: end\ndata: {"jobId":"j","state":"failed"}\n\n`,
    ];
    const seen: unknown[] = [];
    const fetch = (_: string, { headers }: RequestInit) => {
      seen.push((headers as Record<string, string>)['last-event-id']);
      return new Response(streams.shift());
    };
    const { code, out } = await runIn({ fetch }, 'watch', 'j');
    expect(seen).toEqual(['0', '1']);
    expect(out.trim().split('\n')).toEqual([
      expect.stringContaining('a running'),
      expect.stringContaining('a failed (attempt 2)'),
    ]);
    expect(code).toBe(1);
  });
});
