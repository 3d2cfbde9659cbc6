import { describe, expect, test } from '@jest/globals';
import { jsonReply, runIn } from './a-world.ts';

const now = 1_700_000_000_000;
const failure = { code: 'http_503', message: `the bank is closed,\n${'and closed '.repeat(20)}` };
const retry = (nodeId: string, inMs: number, failures: number) => ({
  jobId: '01hf7yat01tdzvmh1g0bkf',
  jobName: 'order',
  nodeId,
  attempt: failures,
  retryAt: now + inMs,
  failures,
  failure,
});
const answer = (retries: readonly object[], token: string | null = null) => ({
  retries: retries as never,
  page: { size: 20, has_next: token !== null, page_token: token },
});

describe('breakwater retries', () => {
  test('tells what waits, until when and why, in 80 columns', async () => {
    const fetch = () => jsonReply(answer([retry('charge', 12_300, 1), retry('resize[3]', 3_598_000, 4)]));
    const { code, out, err } = await runIn({ fetch }, 'retries');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      '01hf7yat01tdzvmh1g0bkf  charge  attempt 2 in 12.30 s',
      '  1 failure http_503: the bank is closed, and closed and closed and closed and …',
      '01hf7yat01tdzvmh1g0bkf  resize[3]  attempt 5 in 59 min 58 s',
      '  4 failures, the last http_503: the bank is closed, and closed and closed and …',
      '',
    ]);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test('of a node that was kept from its first attempt no failures are told', async () => {
    const untried = { code: 'breaker_open', message: 'its attempt has not begun' };
    const fetch = () => jsonReply(answer([{ ...retry('charge', 1_000, 0), failure: untried }]));
    const { out } = await runIn({ fetch }, 'retries');
    expect(out.split('\n').slice(0, 2)).toEqual([
      '01hf7yat01tdzvmh1g0bkf  charge  attempt 1 in 1.00 s',
      '  breaker_open: its attempt has not begun',
    ]);
  });

  test.each([
    [['retries'], 'http://engine/api/v3/retries?size=20'],
    [['retries', 'j/1', '--size', '5'], 'http://engine/api/v3/jobs/j%2F1/retries?size=5'],
    [['retries', '--name', 'a b', '--page-token', 't'], 'http://engine/api/v3/retries?size=20&name=a+b&page_token=t'],
    [['retries', '--url', 'http://other'], 'http://other/api/v3/retries?size=20'],
  ])('%j asks for %s', async (args, url) => {
    const asked: string[] = [];
    const fetch = (each: string) => {
      asked.push(each);
      return jsonReply(answer([]));
    };
    expect(await runIn({ fetch }, ...args)).toEqual({ code: 0, out: '', err: 'no retries are scheduled\n' });
    expect(asked).toEqual([url]);
  });

  test('says how to go on, and does not take a page without retries for the end', async () => {
    const fetch = () => jsonReply(answer([], 'next'));
    const { err } = await runIn({ fetch }, 'retries');
    expect(err).toBe('none in the jobs looked at so far\nmore with --page-token next\n');
  });

  test('with --json prints the page as it was told', async () => {
    const page = answer([retry('charge', 1, 1)]);
    const { out } = await runIn({ fetch: () => jsonReply(page) }, 'retries', '--json');
    expect(JSON.parse(out)).toEqual(page);
  });
});

describe.each([
  ['now', 'retry'],
  ['cancel', 'cancel-retry'],
] as const)('breakwater retries %s', (command, action) => {
  const node = 'http://engine/api/v3/jobs/j/nodes/each%5B3%5D';

  test('names the attempt that the node is at, and tells what became of the node', async () => {
    const { fetch, asked } = anEngineAt(3);
    const ended = await runIn({ fetch }, 'retries', command, 'j', 'each[3]');
    expect(ended).toEqual({ code: 0, out: 'j each[3] settled\n', err: '' });
    expect(asked).toEqual([
      [node, undefined],
      [`${node}/${action}`, { attempt: 3 }],
    ]);
  });

  test('names the attempt that it is given, without looking', async () => {
    const { fetch, asked } = anEngineAt(3);
    await runIn({ fetch }, 'retries', command, 'j', 'each[3]', '--attempt', '2');
    expect(asked).toEqual([[`${node}/${action}`, { attempt: 2 }]]);
  });

  test.each([
    ['retries', '--json', '--url', 'http://other', command, 'j', 'each[3]'],
    ['retries', command, 'j', 'each[3]', '--json', '--url', 'http://other'],
  ])('takes common options before and behind: %s %s', async (...args) => {
    const { fetch, asked } = anEngineAt(3);
    const { out } = await runIn({ fetch }, ...args);
    expect(JSON.parse(out)).toEqual({ jobId: 'j', nodeId: 'each[3]', attempt: 3, state: 'settled' });
    expect(asked.map(([url]) => url)).toEqual([
      expect.stringMatching(/^http:\/\/other/),
      expect.stringMatching(/^http:\/\/other/),
    ]);
  });

  test('leaves it to the engine to refuse a node that has had no attempt', async () => {
    const { fetch, asked } = anEngineAt(0);
    await runIn({ fetch }, 'retries', command, 'j', 'each[3]');
    expect(asked.at(-1)).toEqual([`${node}/${action}`, { attempt: 1 }]);
  });

  test('is refused in a sentence and ends with 1; a senseless attempt with 2', async () => {
    const detail = 'node `each[3]` is running and its current attempt is 4';
    const refuse = (code: string, status: number) => () => jsonReply({ code, detail, next: 'Look.' }, status);
    expect(
      await runIn({ fetch: refuse('node_is_not_retrying', 409) }, 'retries', command, 'j', 'n', '--attempt', '3'),
    ).toEqual({
      code: 1,
      out: '',
      err: `breakwater: ${detail}. \`breakwater retries\` lists the retries that are scheduled.\n`,
    });
    const { code } = await runIn(
      { fetch: refuse('invalid_request', 400) },
      'retries',
      command,
      'j',
      'n',
      '--attempt',
      'x',
    );
    expect(code).toBe(2);
  });
});

test('breakwater retries cancel hands on why', async () => {
  const { fetch, asked } = anEngineAt(1);
  await runIn({ fetch }, 'retries', 'cancel', 'j', 'n', '--reason', 'it stays closed');
  expect(asked.at(-1)![1]).toEqual({ attempt: 1, reason: 'it stays closed' });
});

/** Knows one node, and does what it is asked. */
function anEngineAt(attempt: number) {
  const asked: [string, unknown][] = [];
  const fetch = (url: string, { body, method }: RequestInit) => {
    asked.push([url, body === undefined ? undefined : JSON.parse(String(body))]);
    return jsonReply({ jobId: 'j', nodeId: 'each[3]', attempt, state: method === 'POST' ? 'settled' : 'retrying' });
  };
  return { fetch, asked };
}
