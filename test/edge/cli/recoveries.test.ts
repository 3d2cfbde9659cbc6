import { describe, expect, test } from '@jest/globals';
import { noticesBetween } from '../../../shared/edge/cli/notices.ts';
import { paintOf } from '../../../shared/edge/cli/paint.ts';
import { recoveryLines } from '../../../shared/edge/cli/recovery-lines.ts';
import { aPorch, claimed, type Porch, succeeded } from '../api/a-porch.ts';
import { type Ended, runIn } from './a-world.ts';

const call = { type: 'function', handler: 'work' };
const nodes = [
  { id: 'pick', ...call, checkpoint: 'picked' },
  { id: 'pay', ...call, dependsOn: ['pick'] },
];
const order = { name: 'order', nodes };
const escalating = { ...order, recovery: [{ on: '*', do: 'escalate', to: 'the night shift' }] };
const failure = { code: 'card_declined', message: 'the bank said no', retryable: false };

/** The program before the API of an engine on which `pay` has failed for good, a minute ago. */
async function onCall(document: object = order): Promise<Porch & { run(...args: string[]): Promise<Ended> }> {
  const porch = aPorch();
  const jobId = await porch.submit(document);
  const failed = { kind: 'failed', node: 1, attempt: 1, failure, chance: 0 } as const;
  porch.happens(jobId, claimed(0), succeeded(0), claimed(1), failed);
  await porch.clock.advance(60_000);
  const fetch = (url: string, init: RequestInit) => porch.api.fetch(new Request(url, init));
  const run = (...args: string[]) => runIn({ fetch, clock: porch.clock }, ...args, '--url', 'http://127.0.0.1:8080');
  return { ...porch, run };
}

const failedAt = '2031-01-01T00:00:00.000Z';
const nowText = '2031-01-01T00:01:00.000Z';
const found = '  found      pay: failed_node (card_declined, attempt 1), the bank said no';
const how = ['  answers    retry, skip, requeue, rollback, restore, abort, fail'];
const escalated = [
  'job-1.r1  escalated',
  found,
  `  begun      ${failedAt} by recovery policy`,
  '  nodes      pay',
  `  done       ${failedAt}  escalate pay, by recovery policy: rule 1 of 1 (on *): escalate`,
  '  kept       the state before it, as checkpoint `before job-1.r1`',
];

describe('breakwater diagnose', () => {
  test('tells what is wrong and what can be done', async () => {
    const { run } = await onCall();
    const { code, out, err } = await run('diagnose', 'job-1');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'job-1  failed',
      found,
      expect.stringMatching(/^ {13}failed_job \(\w+\), /),
      '  possible   retry, skip, requeue, restore',
      '             breakwater recover job-1 --action retry',
      '',
    ]);
  });

  test('tells which rule is for it, or how the recovery that is open is answered', async () => {
    const ruled = await onCall({ ...order, recovery: [{ on: 'failed_job', do: 'skip' }] });
    expect((await ruled.run('diagnose', 'job-1')).out).toContain(
      '  rules      rule 1 of 1 (on failed_job): skip: breakwater recover job-1\n',
    );
    const asking = await onCall(escalating);
    expect((await asking.run('diagnose', 'job-1')).out.split('\n')).toEqual([
      'job-1  paused',
      found,
      '  recovery   job-1.r1 escalated',
      ...how,
      '             breakwater recoveries answer job-1.r1 --do retry',
      '',
    ]);
  });

  test('says that nothing is wrong, and prints what it was told with --json', async () => {
    const { run, submit } = await onCall();
    await submit(order);
    const { out } = await run('diagnose', 'job-2');
    expect(out).toContain('job-2  queued: nothing was found to be wrong\n');
    expect(out).toContain('breakwater recover job-2 --action ACTION\n');
    const asked = await run('recover', 'job-2', '--action', 'escalate');
    expect(asked.out).toContain('  found      nothing was found to be wrong\n');
    expect(JSON.parse((await run('diagnose', 'job-1', '--json')).out)).toMatchObject({
      findings: [{ node: 'pay' }, {}],
    });
    expect(await run('diagnose', 'nobody')).toMatchObject({ code: 1, err: expect.stringContaining('no job `nobody`') });
  });
});

describe('breakwater recover', () => {
  test('does what is asked for, once under its key, and tells what was done', async () => {
    const { run, ask } = await onCall();
    const args = ['recover', 'job-1', '--action', 'requeue', '--node', 'pay', '--delay', '10m', '--priority', '9'];
    const more = ['--target', 'other', '--reason', 'the bank moved', '--request-key', 'k'];
    const { code, out, err } = await run(...args, ...more);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'job-1.r1  acting',
      found,
      `  begun      ${nowText} by cli:test`,
      '  nodes      pay',
      `  done       ${nowText}  requeue pay, by cli:test: requeue, 1 node: the bank moved`,
      '  kept       the state before it, as checkpoint `before job-1.r1`',
      '',
    ]);
    expect((await ask('GET', '/api/v3/jobs/job-1/nodes/pay')).body).toMatchObject({ state: 'retrying' });
    const { body: spec } = await ask('GET', '/api/v3/jobs/job-1/spec');
    expect((spec['nodes'] as object[])[1]).toMatchObject({ handler: 'other', priority: 9 });
    expect((await run(...args, ...more)).out).toContain('job-1.r1  acting (this had been done before)\n');
    expect((await run('recoveries', 'job-1.r1')).out).toContain(
      '  job        retrying, 0 of 1 node settled\n  waits for  the next attempt of pay in 10 min 0 s\n',
    );
  });

  test('without an action tells what was found, and lets the rules decide', async () => {
    const { run } = await onCall({ ...order, recovery: [{ on: 'failed_job', do: 'skip' }] });
    const { code, out } = await run('recover', 'job-1');
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 4)).toEqual(['job-1  failed', found, expect.any(String), 'job-1.r1  succeeded']);
    expect(out).toContain('skip pay, by cli:test: skip, 1 node: rule 1 of 1 (on failed_job): skip');
  });

  test('where no rule is for it, says what can be asked for', async () => {
    const { run } = await onCall();
    const { code, out, err } = await run('recover', 'job-1');
    expect({ code, out: out.split('\n').slice(0, 2) }).toEqual({ code: 1, out: ['job-1  failed', found] });
    expect(err).toContain('Say with --action what is to be done.\n');
    expect(err).toContain('possible now: retry, skip, requeue, restore\n');
  });

  test.each([
    [['--action', 'heal'], 2, 'take retry, skip, requeue, rollback, restore, escalate or abort'],
    [['--action', 'requeue', '--priority', 'high'], 2, '--priority must be a whole number from 0 to 9, and is "high".'],
    [['--action', 'skip', '--delay', '5m'], 2, 'delay: means nothing with `skip`'],
    [['--action', 'escalate', '--to', 'topic:'], 2, 'to: must name the topic'],
    [['--action', 'retry', '--node', 'paid'], 1, 'job `job-1` has no node `paid`'],
    [['--action', 'restore', '--checkpoint', 'x'], 1, 'its checkpoints are `picked`'],
    [['--action', 'abort'], 1, 'possible now: retry, skip, requeue, restore'],
  ])('%j is refused in words', async (args, code, words) => {
    const { run } = await onCall();
    const ended = await run('recover', 'job-1', ...args);
    expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(words) });
    expect((await run('recoveries')).err).toBe('no recoveries\n');
  });
});

describe('breakwater recoveries', () => {
  test('--open lists what waits for an answer, and with what that can be answered, in 80 columns', async () => {
    const { run } = await onCall(escalating);
    const { code, out, err } = await run('recoveries', '--open');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'job-1.r1  escalated  since 1 min 0 s',
      '  pay: failed_node (card_declined, attempt 1), the bank said no',
      '  answer it with retry, skip, requeue, rollback, restore, abort, fail',
      '',
    ]);
    expect((await run('recoveries', '--job', 'job-2')).err).toBe('no recoveries\n');
    const ended = await onCall(escalating);
    await ended.run('recoveries', 'cancel', 'job-1.r1');
    expect((await ended.run('recoveries', '--open')).err).toBe('no recoveries of this kind\n');
    expect((await ended.run('recoveries')).out).toContain('job-1.r1  cancelled  in 1 min 0 s\n');
    expect((await run('recoveries', '--state', 'succeeded')).err).toBe('no recoveries of this kind\n');
    expect((await run('recoveries', '--state', 'closed')).code).toBe(2);
    expect(JSON.parse((await run('recoveries', '--json')).out)).toMatchObject({ recoveries: [{ jobId: 'job-1' }] });
  });

  test('goes on page by page', async () => {
    const { run, submit, happens } = await onCall(escalating);
    await submit(escalating);
    happens('job-2', claimed(0), { kind: 'failed', node: 0, attempt: 1, failure, chance: 0 });
    const { out, err } = await run('recoveries', '--size', '1');
    expect(out).toContain('job-2.r1');
    const [, token] = /^more with --page-token (\S+)\n$/.exec(err)!;
    expect((await run('recoveries', '--size', '1', '--page-token', token!)).out).toContain('job-1.r1');
  });

  test('tells of one what was found, what was done, what it waits for and how it is answered', async () => {
    const { run } = await onCall(escalating);
    expect((await run('recoveries', 'job-1.r1')).out.split('\n')).toEqual([
      ...escalated,
      '  job        paused, 0 of 1 node settled',
      '  waits for  an answer about pay, of the night shift, since 1 min 0 s',
      ...how,
      '             breakwater recoveries answer job-1.r1 --do retry',
      '',
    ]);
    expect(JSON.parse((await run('recoveries', 'job-1.r1', '--json')).out)).toMatchObject({ recoveryId: 'job-1.r1' });
    expect(await run('recoveries', 'nobody.r1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('`breakwater recoveries` shows those that there are.'),
    });
  });

  test.each([
    [['--action', 'rollback'], 'compensations, 0 of 1 done'],
    [['--action', 'restore'], 'the end of the job'],
    [['--action', 'retry'], '1 node to settle'],
  ])('tells of one that began with %j what it waits for', async (args, words) => {
    const { run, happens, ask } = await onCall({ ...order, nodes: [{ ...nodes[0], compensate: call }, nodes[1]] });
    await run('recover', 'job-1', ...args);
    const waits = async () => /waits for {2}(.*)/.exec((await run('recoveries', 'job-1.r1')).out)![1];
    expect(await waits()).toBe(words);
    happens('job-1', { kind: 'paused', by: 'bob' });
    expect(await waits()).toBe('the job to be resumed: paused by bob since 0.0 ms');
    expect((await ask('GET', '/api/v3/recoveries/job-1.r1/progress')).body).toMatchObject({ state: 'acting' });
  });

  test('answer has the job go on; a second answer is told that it is late', async () => {
    const { run, ask } = await onCall(escalating);
    const { code, out } = await run('recoveries', 'answer', 'job-1.r1', '--do', 'skip', '--node', 'pay');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('job-1.r1  succeeded');
    expect((await ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({ state: 'completed' });
    expect(await run('recoveries', 'answer', 'job-1.r1', '--do', 'retry')).toMatchObject({
      code: 1,
      err: expect.stringContaining('recovery `job-1.r1` of job `job-1` has ended: it is succeeded'),
    });
  });

  test('answer says what may be answered where it is something else', async () => {
    const { run } = await onCall(escalating);
    expect(await run('recoveries', 'answer', 'job-1.r1', '--do', 'escalate')).toMatchObject({
      code: 1,
      err: expect.stringContaining('possible now: retry, skip, requeue, rollback, restore, abort, fail\n'),
    });
    expect(await run('recoveries', 'answer', 'job-1.r1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--do'),
    });
  });

  test('cancel lets stand what was found', async () => {
    const { run, ask } = await onCall(escalating);
    const { code, out } = await run('recoveries', 'cancel', 'job-1.r1', '--reason', 'gone home', '--request-key', 'k');
    expect({ code, first: out.split('\n')[0] }).toEqual({ code: 0, first: 'job-1.r1  cancelled' });
    expect((await ask('GET', '/api/v3/jobs/job-1')).body).toMatchObject({ state: 'failed' });
    const again = await run('recoveries', 'cancel', 'job-1.r1', '--reason', 'gone home', '--request-key', 'k');
    expect(again.out).toContain('job-1.r1  cancelled (this had been done before)\n');
  });
});

test('a call that was not heard is told beside the recovery', async () => {
  const escalation = { since: 0, to: 'http://x/hook', options: ['retry'], tellings: 2, tellAt: 90_000 };
  const finding = { kind: 'deadline', message: 'late' };
  const told = {
    recoveryId: 'r',
    jobId: 'j',
    state: 'escalated',
    startedAt: 0,
    by: 'x',
    finding,
    steps: [],
    stepCount: 0,
  };
  const lines = (more: object) =>
    recoveryLines({ ...told, escalation: { ...escalation, ...more } }, undefined, 60_000, paintOf({ colour: false }));
  expect(lines({})).toContain('  not heard  http://x/hook: 2 calls, the next in 30.00 s');
  expect(lines({ tellings: 0 }).join()).not.toContain('not heard');
});

describe('breakwater get', () => {
  test('tells what was taken back, and what was not', async () => {
    const { run, happens } = await onCall({
      ...order,
      nodes: [{ ...nodes[0], compensate: call }, nodes[1]],
    });
    await run('rollback', 'job-1');
    happens('job-1', claimed(2), { kind: 'failed', node: 2, attempt: 1, failure, chance: 0 });
    expect((await run('get', 'job-1')).out).toContain('  taken back 0 of 1, 1 failed\n');
    expect((await run('recover', 'job-1', '--action', 'retry')).err).toContain(
      'possible now: cancel, recoveries answer\n',
    );
  });

  test('names the newest checkpoints only, of many', async () => {
    const { run, submit } = await onCall();
    await submit(order);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await run('checkpoint', 'job-2', name);
    expect((await run('get', 'job-2')).out).toContain('  kept       c, d, e, f, g, and 2 older\n');
  });
});

describe('breakwater checkpoint and restore', () => {
  test('capture the state of a job and go back to it', async () => {
    const { run, submit, happens } = await onCall();
    await submit(order);
    happens('job-2', claimed(0), succeeded(0));
    expect(await run('checkpoint', 'job-2', 'at:night')).toEqual({ code: 0, out: 'job-2 queued\n', err: '' });
    expect((await run('get', 'job-2')).out).toContain('  kept       picked, at:night\n');
    expect(await run('restore', 'job-1', 'picked', '--request-key', 'k')).toMatchObject({ out: 'job-1 queued\n' });
    const again = await run('restore', 'job-1', 'picked', '--request-key', 'k');
    expect(again.out).toBe('job-1 queued (this had been done before)\n');
    expect(JSON.parse((await run('restore', 'job-2', '--json')).out)).toMatchObject({ jobId: 'job-2' });
  });

  test('are refused in words', async () => {
    const { run } = await onCall();
    expect(await run('checkpoint', 'job-1', 'two words')).toMatchObject({
      code: 2,
      err: expect.stringContaining('name:'),
    });
    expect(await run('restore', 'job-1', 'nowhere')).toMatchObject({
      code: 1,
      err: expect.stringContaining('its checkpoints are `picked`'),
    });
  });
});

describe('whoever looks at a job that waits for an answer', () => {
  test('is told by `get` and by `watch` how it is given', async () => {
    const { run, happens } = await onCall(escalating);
    const { out } = await run('get', 'job-1');
    expect(out).toContain(
      '  recovery   job-1.r1 escalated: pay: failed_node (card_declined, attempt 1), the bank said no\n',
    );
    expect(out).toContain('             breakwater recoveries answer job-1.r1 --do retry\n');
    happens('job-1', { kind: 'recoveryAnswered', action: 'retry', by: 'ada' }, claimed(1, 2));
    happens('job-1', { kind: 'failed', node: 1, attempt: 2, failure, chance: 0 }, { kind: 'cancelled', by: 'ada' });
    const watched = (await run('watch', 'job-1')).out;
    expect(watched.match(/it waits for an answer: breakwater recoveries job-1\.r1/g)).toHaveLength(2);
    const audit = (await run('audit', 'job-1')).out;
    expect(audit).toMatch(/recoveryActed {2}pay .* escalate on failed_node .* recovery job-1\.r1/);
  });

  test('is told once by `watch`, however many nodes wait', async () => {
    const { run, submit, happens } = await onCall();
    await submit({ ...escalating, nodes: [nodes[0], { id: 'pay', ...call }] });
    happens('job-2', claimed(0), claimed(1));
    for (const node of [0, 1]) happens('job-2', { kind: 'failed', node, attempt: 1, failure, chance: 0 });
    happens('job-2', { kind: 'cancelled', by: 'ada' });
    const { out } = await run('watch', 'job-2');
    expect(out.match(/recoveryActed|→ waiting|waiting/g)!.length).toBeGreaterThan(1);
    expect(out.match(/it waits for an answer/g)).toHaveLength(1);
  });

  test('is told by `run`, once', async () => {
    const { engine, clock } = await onCall(escalating);
    const job = (await engine.get('job-1'))!;
    const told = noticesBetween(undefined, job, clock.now()).map(({ text }) => text);
    expect(told[0]).toMatch(/^waits for an answer \(retry, .*\).* breakwater recoveries answer job-1\.r1 --do ACTION$/);
    expect(noticesBetween(job, { ...job, header: { ...job.header } }, clock.now())).toEqual([]);
  });
});
