import { describe, expect, test } from '@jest/globals';
import { jsonReply, runIn } from './a-world.ts';

const now = 1_700_000_000_000;
const engine = 'http://engine/api/v3/batches';

const preview = {
  dryRun: true,
  action: 'redrive',
  expected: { jobs: 10_000, isMore: true },
  byState: { failed: 9_990, aborted: 10 },
  shown: [
    { jobId: '01hf7yat01tdzvmh1g0bkf', name: 'order', state: 'failed', outcome: 'done', after: 'queued' },
    { jobId: 'child-1', name: 'part', state: 'failed', outcome: 'refused', because: 'job_is_child', after: 'failed' },
  ],
};

const batch = {
  batchId: 'b1',
  action: 'redrive',
  filter: { state: ['failed'], name: 'order' },
  reason: 'the bank is open',
  ratePerSecond: 500,
  state: 'running',
  by: 'ada',
  createdAt: now,
  expected: { jobs: 10_000, isMore: false },
  counts: { done: 2_500, repeated: 0, refused: 12, failed: 0 },
  passed: 2_512,
  percent: 25,
  remainingMs: 15_000,
};

/** Says the same to everything, and keeps what it was asked. */
function anEngine(body: object, status = 200, headers: Record<string, string> = {}) {
  const asked: [string, unknown][] = [];
  const fetch = (url: string, { body: sent }: RequestInit) => {
    asked.push([url, sent === undefined ? undefined : JSON.parse(String(sent))]);
    const reply = jsonReply(body as never, status);
    for (const [name, value] of Object.entries(headers)) reply.headers.set(name, value);
    return reply;
  };
  return { fetch, asked };
}

describe('breakwater batch', () => {
  test('without --yes tells what would be done, in 80 columns, and that nothing was', async () => {
    const { fetch, asked } = anEngine(preview);
    const { code, out, err } = await runIn({ fetch }, 'batch', 'redrive', '--name', 'order');
    expect(asked).toEqual([[engine, { action: 'redrive', filter: { name: 'order' }, dryRun: true }]]);
    expect(out.split('\n')).toEqual([
      'redrive would be asked of 10000 jobs or more: 9990 failed, 10 aborted',
      '  01hf7yat01tdzvmh1g0bkf  possible  failed → queued  order',
      '  child-1  refused   failed, job_is_child  part',
      '  … and 9998 more',
      '',
    ]);
    expect({ code, err }).toEqual({ code: 2, err: 'nothing was done: say it again with --yes to do it\n' });
  });

  test('with --dry-run has done what was asked, even beside --yes', async () => {
    const { fetch, asked } = anEngine(preview);
    const ended = await runIn({ fetch }, 'batch', 'redrive', '--all', '--dry-run', '--yes');
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(asked[0]![1]).toEqual({ action: 'redrive', filter: {}, all: true, dryRun: true });
  });

  test('with --yes does it, and tells the id by which it is followed', async () => {
    const { fetch, asked } = anEngine(batch, 202);
    const args = ['--state', 'failed,aborted', '--failure-code', 'http_503', '--since', '24h', '--until', '2023-11-14'];
    const more = ['--rate', '50', '--id', 'b1', '--reason', 'the bank is open', '--yes'];
    const { code, out, err } = await runIn({ fetch }, 'batch', 'redrive', ...args, ...more);
    expect(asked[0]![1]).toEqual({
      action: 'redrive',
      filter: {
        state: ['failed', 'aborted'],
        failureCode: 'http_503',
        from: now - 24 * 3_600_000,
        to: '2023-11-14',
      },
      ratePerSecond: 50,
      reason: 'the bank is open',
      id: 'b1',
    });
    expect(out).toBe('b1  running  redrive  2512 of 10000 jobs, 25 %, about 15.00 s left\n');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('says of recover what shall be done, where the rules of the jobs do not decide', async () => {
    const { fetch, asked } = anEngine(batch, 202);
    const how = ['--do', 'requeue', '--delay', '5m', '--priority', '9'];
    await runIn({ fetch }, 'batch', 'recover', '--all', '--yes', ...how);
    expect(asked[0]![1]).toEqual({
      action: 'recover',
      filter: {},
      all: true,
      recovery: { action: 'requeue', delay: '5m', priority: 9 },
    });
  });

  test('says when its id was there before', async () => {
    const { fetch } = anEngine(batch, 202, { 'idempotency-replayed': 'true' });
    const { err } = await runIn({ fetch }, 'batch', 'redrive', '--all', '--id', 'b1', '--yes');
    expect(err).toBe('this was asked for before under the same id\n');
  });

  test('with --json prints what was told', async () => {
    const { fetch } = anEngine(preview);
    const { out } = await runIn({ fetch }, 'batch', 'redrive', '--all', '--json', '--dry-run');
    expect(JSON.parse(out)).toEqual(preview);
  });

  test('is refused in words: 2 for what makes no sense, 1 for what cannot be now', async () => {
    const errors = [{ path: 'filter', message: 'names nothing' }];
    const senseless = anEngine({ code: 'invalid_request', detail: 'filter: names nothing', errors }, 400);
    expect(await runIn(senseless, 'batch', 'cancel')).toMatchObject({
      code: 2,
      err: expect.stringContaining('filter: names nothing'),
    });
    const full = anEngine({ code: 'batch_limit_reached', detail: '20 batches are running' }, 409);
    expect(await runIn(full, 'batch', 'cancel', '--all', '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('breakwater batches cancel BATCH'),
    });
    const never = anEngine({});
    expect(await runIn(never, 'batch', 'cancel', '--all', '--rate', 'fast')).toEqual({
      code: 2,
      out: '',
      err: 'breakwater: --rate must be a number, and is "fast".\n',
    });
    expect(await runIn(never, 'batch', 'cancel', '--all', '--since', 'noon')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--since must be a time such as 2026-01-31T12:00:00Z, or 24h: so long ago'),
    });
    expect(never.asked).toEqual([]);
  });
});

describe('breakwater batches', () => {
  const page = (token: string | null = null) => ({ size: 20, has_next: token !== null, page_token: token });

  test('lists them, and says how to go on', async () => {
    const ended = { ...batch, batchId: 'b0', state: 'completed', passed: 7, endedAt: now + 2_500 };
    const called = { ...ended, batchId: 'b2', state: 'cancelled' };
    const { fetch, asked } = anEngine({ batches: [batch, ended, called], page: page('next') });
    const { out, err } = await runIn({ fetch }, 'batches', '--state', 'running,completed');
    expect(out.split('\n')).toEqual([
      'b1  running  redrive  2512 of 10000 jobs, 25 %, about 15.00 s left',
      'b0  completed  redrive  7 jobs in 2.50 s',
      'b2  cancelled  redrive  7 of 10000 jobs in 2.50 s',
      '',
    ]);
    expect(err).toBe('more with --page-token next\n');
    expect(asked[0]![0]).toBe(`${engine}?size=20&state=running%2Ccompleted`);
  });

  test('tells of one all that is to be known', async () => {
    const { fetch, asked } = anEngine(batch);
    const { out } = await runIn({ fetch }, 'batches', 'b1');
    expect(out.split('\n').slice(1)).toEqual([
      '  asked for  2023-11-14T22:13:20.000Z by ada: the bank is open',
      '  jobs       state failed, name order',
      '  outcomes   2500 done, 12 refused',
      '',
    ]);
    expect(asked[0]![0]).toBe(`${engine}/b1`);
  });

  test('lists the results of one, and those of an outcome', async () => {
    const results = [
      { jobId: 'j1', outcome: 'done', at: now },
      { jobId: 'j2', outcome: 'refused', because: 'job_is_child', at: now },
      { jobId: 'j3', outcome: 'failed', because: 'store_too_new', message: `a newer\n${'x'.repeat(90)}`, at: now },
    ];
    const { fetch, asked } = anEngine({ results, page: page() });
    const { out, err } = await runIn({ fetch }, 'batches', 'b1', '--results');
    expect(out.split('\n').slice(0, 2)).toEqual(['j1  done', 'j2  refused   job_is_child']);
    expect(out.split('\n')[2]).toMatch(/^j3 {2}failed {4}store_too_new: a newer x+…$/);
    expect(err).toBe('');
    await runIn({ fetch }, 'batches', 'b1', '--outcome', 'failed', '--size', '5', '--page-token', 't');
    expect(asked.map(([url]) => url)).toEqual([
      `${engine}/b1/results?size=20`,
      `${engine}/b1/results?size=5&page_token=t&outcome=failed`,
    ]);
  });

  test('says that there are none', async () => {
    const { fetch } = anEngine({ batches: [], page: page() });
    expect(await runIn({ fetch }, 'batches')).toEqual({ code: 0, out: '', err: 'none\n' });
  });

  test.each([[['batches', 'cancel', 'b1']], [['batches', '--url', 'http://engine', 'cancel', 'b1']]])(
    '%j stops one',
    async (args) => {
      const cancelled = { ...batch, state: 'cancelled', endedAt: now + 1_000 };
      const { fetch, asked } = anEngine(cancelled);
      expect(await runIn({ fetch }, ...args)).toEqual({
        code: 0,
        out: 'b1  cancelled  redrive  2512 of 10000 jobs in 1.00 s\n',
        err: '',
      });
      expect(asked).toEqual([[`${engine}/b1/cancel`, undefined]]);
    },
  );
});

describe('breakwater list', () => {
  test('--failure-code asks for jobs that ended with it', async () => {
    const { fetch, asked } = anEngine({ jobs: [], page: { size: 20, has_next: false, page_token: null } });
    await runIn({ fetch }, 'list', '--failure-code', 'http_503');
    expect(asked[0]![0]).toBe('http://engine/api/v3/jobs?size=20&failureCode=http_503');
  });
});
