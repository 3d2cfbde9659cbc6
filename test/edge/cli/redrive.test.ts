import { describe, expect, test } from '@jest/globals';
import { jsonReply, runIn } from './a-world.ts';

const file = 'name: order\nnodes:\n  - { id: pay, type: function, handler: other }\n';

/** Runs the command and gives what it said with what it had sent. */
async function redrive(files: Readonly<Record<string, string>>, reply: () => Response, ...args: string[]) {
  const sent: { url: string; headers: unknown; body: unknown }[] = [];
  const fetch = (url: string, { headers, body }: RequestInit) => {
    sent.push({ url, headers, body: typeof body === 'string' ? JSON.parse(body) : undefined });
    return reply();
  };
  return { ...(await runIn({ files, fetch }, 'redrive', ...args)), sent };
}

const goesOn = () => jsonReply({ jobId: 'job-1', state: 'queued', run: 2 });

describe('breakwater redrive', () => {
  test('a job alone: it goes on from what failed', async () => {
    const ended = await redrive({}, goesOn, 'job-1', '--url', 'http://e');
    expect(ended).toMatchObject({ code: 0, out: 'job-1 queued\n', err: '' });
    expect(ended.sent).toMatchObject([{ url: 'http://e/api/v3/jobs/job-1/redrive', body: undefined }]);
  });

  test('nodes, input, a corrected file, a reason and a key are handed on', async () => {
    const args = ['--node', 'load', '--node', 'each[2]', '--input', '{"to":"b"}', '--spec', 'order.yaml'];
    const why = ['--reason', 'the bank is back', '--request-key', 'k'];
    const { code, sent } = await redrive({ 'order.yaml': file }, goesOn, 'job-1', ...args, ...why);
    expect(code).toBe(0);
    expect(sent[0]).toMatchObject({
      headers: { 'idempotency-key': 'k' },
      body: {
        nodes: ['load', 'each[2]'],
        input: { to: 'b' },
        spec: { name: 'order', nodes: [{ id: 'pay', handler: 'other' }] },
        reason: 'the bank is back',
      },
    });
  });

  test('the input may stand in a file', async () => {
    const { sent } = await redrive({ 'input.yaml': 'to: b\n' }, goesOn, 'job-1', '--input', 'input.yaml');
    expect(sent[0]!.body).toEqual({ input: { to: 'b' } });
  });

  test('what is wrong with the file is told with its line, also when only the engine knows it', async () => {
    const broken = await redrive(
      { 'order.yaml': file.replace('handler', 'hander') },
      goesOn,
      'job-1',
      '--spec',
      'order.yaml',
    );
    expect(broken).toMatchObject({ code: 2, sent: [], err: expect.stringMatching(/^order\.yaml:3:/) });
    const errors = [{ path: 'spec.nodes[0]', message: 'node pay has begun' }];
    const reply = () => jsonReply({ code: 'spec_does_not_fit', detail: '…', errors }, 422);
    const refused = await redrive({ 'order.yaml': file }, reply, 'job-1', '--spec', 'order.yaml');
    expect(refused).toMatchObject({ code: 2, err: 'order.yaml:3:5: nodes[0]: node pay has begun\n' });
  });

  test('a refusal is a sentence with what to do next, and 1', async () => {
    const detail = 'job `job-1` is completed and every node of it has done what it was asked for';
    const reply = () => jsonReply({ code: 'nothing_to_run_again', detail, next: 'Name the nodes.' }, 409);
    expect(await redrive({}, reply, 'job-1')).toMatchObject({
      code: 1,
      err: `breakwater: ${detail}. Name the nodes.\n`,
    });
    expect(await redrive({}, goesOn, 'job-1', '--input', '{bad')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--input is no JSON'),
    });
    expect(await redrive({}, goesOn, 'job-1', '--input', 'nowhere.json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nowhere.json cannot be read'),
    });
  });

  test('a request that had been carried out is told as such', async () => {
    const reply = () =>
      Response.json({ jobId: 'job-1', state: 'queued' }, { headers: { 'idempotency-replayed': 'true' } });
    expect((await redrive({}, reply, 'job-1', '--request-key', 'k')).out).toBe(
      'job-1 queued (this had been done before)\n',
    );
  });
});
