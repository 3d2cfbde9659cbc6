import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../shared/core/json.ts';
import {
  type Job,
  type JobEvent,
  nodeAt,
  nodeIdAt,
  nodeIndices,
  replayAudit,
  resultOf,
} from '../../shared/jobs/index.ts';
import { apply, cancel, once, redrive, redriven, told } from './a-redrive.ts';
import { claim, fail, jobFrom, jobOf, node, play, succeed } from './a-story.ts';

/** Claims and ends everything that is ready, until nothing is: with `result-3` for the third attempt, or what is said here. */
function work(job: Job, ends: Readonly<Record<string, Json | 'fails'>> = {}, at = 20_000): Job {
  for (const node of nodeIndices(job)) {
    const run = nodeAt(job, node);
    if (run.state !== 'ready') continue;
    const attempt = run.attempt + 1;
    const end = ends[nodeIdAt(job, node)] ?? `${nodeIdAt(job, node)} ${attempt}`;
    const ended = end === 'fails' ? fail(node, attempt) : succeed(node, end, attempt);
    return work(
      play(job, [
        [at, claim(node, attempt)],
        [at + 1, ended],
      ]),
      ends,
      at + 2,
    );
  }
  return job;
}

const resultsOf = (job: Job) =>
  Object.fromEntries(nodeIndices(job).map((at) => [nodeIdAt(job, at), resultOf(job, at) ?? null]));

describe('nodes that are named run again, whatever became of them', () => {
  const diamond = () => work(jobOf(node('a'), node('b', ['a']), node('c', ['a']), node('d', ['b', 'c'])));

  test('with all that is built on them, and nothing else', () => {
    const job = redriven(diamond(), { nodes: [1] });
    expect(told(job)).toEqual({ a: 'succeeded', b: 'ready', c: 'succeeded', d: 'blocked' });
    expect(resultsOf(work(job))).toEqual({ a: 'a 1', b: 'b 2', c: 'c 1', d: 'd 2' });
  });

  test('a node that had succeeded is asked under another key from then on, and one that had not under the same', () => {
    const redoOf = (job: Job, index: number) => (nodeAt(job, index) as { redoAfter?: number }).redoAfter;
    const job = redriven(diamond(), { nodes: [1] });
    expect([0, 1, 2, 3].map((index) => redoOf(job, index))).toEqual([undefined, 1, undefined, 1]);
    const failedAgain = play(work(job, { b: 'fails' }), [[30_000, cancel]]);
    expect(redoOf(redriven(failedAgain, {}, 30_001), 1)).toBe(1);
    const failed = work(jobOf(node('a', [], once)), { a: 'fails' });
    expect(redoOf(redriven(failed, { nodes: [0] }), 0)).toBeUndefined();
  });

  test('also what an operator had skipped behind them: whoever stands behind that waits for all before it', () => {
    const c = node('c', ['b'], { join: 'all_settled', input: '${nodes.a.result}' });
    const job = play(jobOf(node('a'), node('b', ['a']), c), [[0, { kind: 'nodeSkipped', node: 1, by: 'ada' }]]);
    const again = redriven(work(job), { nodes: [0] });
    expect(told(again)).toEqual({ a: 'ready', b: 'blocked', c: 'blocked' });
  });

  test('one that an operator skipped runs when it is itself named', () => {
    const job = work(play(jobOf(node('a'), node('b', ['a'])), [[0, { kind: 'nodeSkipped', node: 1, by: 'ada' }]]));
    expect(told(redriven(job, { nodes: [1] }))).toEqual({ a: 'succeeded', b: 'ready' });
  });

  test('a choice among them chooses anew', () => {
    const choice = {
      id: 'which',
      type: 'choice',
      dependsOn: ['ask'],
      choices: [{ when: { value: '${nodes.ask.result}', equals: 'left' }, then: ['left'] }],
      otherwise: ['right'],
    };
    const end = node('end', ['left', 'right'], { join: 'any_succeeded' });
    const job = work(jobOf(node('ask'), choice, node('left', ['which']), node('right', ['which']), end), {
      ask: 'left',
    });
    expect(told(job)).toMatchObject({ left: 'succeeded', right: 'skipped', end: 'succeeded' });
    const other = work(redriven(job, { nodes: [0] }), { ask: 'right' });
    expect(told(other)).toMatchObject({ left: 'skipped', right: 'succeeded', end: 'succeeded' });
    expect(other.header).toMatchObject({ state: 'completed', run: 2 });
  });

  test('what a choice passed over is not built on them, and nothing behind it is', () => {
    const choice = {
      id: 'which',
      type: 'choice',
      choices: [{ when: { value: 1, equals: 1 }, then: ['left'] }],
      otherwise: ['right'],
    };
    const right = node('right', ['which', 'a']);
    const end = node('end', ['left', 'right'], { join: 'any_succeeded' });
    const job = work(jobOf(choice, node('a'), node('left', ['which']), right, end));
    expect(told(redriven(job, { nodes: [1] }))).toMatchObject({ a: 'ready', right: 'skipped', end: 'succeeded' });
  });

  test('a signal node waits for another signal', () => {
    const sent = (id: string, data: string): JobEvent => ({ kind: 'signalled', id, name: 'ok', data, by: 'ada' });
    const job = play(jobOf({ id: 'ok', type: 'signal' }), [[0, sent('1', 'yes')]]);
    const again = redriven(job, { nodes: [0] });
    expect(again.header.state).toBe('waiting');
    expect(apply(again, sent('1', 'yes')).because).toEqual({ kind: 'repeated' });
    expect(resultsOf(play(again, [[10_001, sent('2', 'no')]]))).toEqual({ ok: 'no' });
  });
});

describe('a job that has not ended', () => {
  test('J2: a running attempt is told to stop, and what it says later changes nothing', () => {
    const running = play(jobOf(node('a'), node('b', ['a'])), [[0, claim(0)]]);
    const { job, effects } = apply(running, redrive({ nodes: [0] }));
    expect(effects).toContainEqual({ kind: 'abort', node: 0, attempt: 1 });
    expect(effects).toContainEqual({ kind: 'enqueue', node: 0, attempt: 2, priority: 5 });
    expect(job.header.run).toBeUndefined();
    for (const late of [
      succeed(0, 'late'),
      fail(0),
      { kind: 'heartbeat', node: 0, attempt: 1, leaseUntil: 9e9 } as const,
    ]) {
      expect(apply(job, late).job).toBe(job);
    }
    expect(resultsOf(work(job))).toEqual({ a: 'a 2', b: 'b 1' });
  });

  test('a child job is cancelled, and another one is started', () => {
    const job = jobOf({ id: 'a', type: 'job', job: { name: 'c', nodes: [{ id: 'x', type: 'delay', delay: 1 }] } });
    const { effects } = apply(job, redrive({ nodes: [0] }));
    expect(effects).toContainEqual({ kind: 'cancelChild', childId: 'job-1.0.1' });
    expect(effects).toContainEqual({ kind: 'startChild', node: 0, attempt: 2, childId: 'job-1.0.2' });
  });

  test('one that is paused stays paused', () => {
    const paused = play(jobOf(node('a'), node('b', ['a'])), [
      [0, claim(0)],
      [1, succeed(0)],
      [2, { kind: 'paused', by: 'ada' }],
    ]);
    const again = redriven(paused, { nodes: [0] });
    expect(again.header.state).toBe('paused');
    expect(apply(again, claim(0, 2)).because).toEqual({ kind: 'refused', because: 'jobIsPaused' });
    expect(
      play(again, [
        [10_001, { kind: 'resumed', by: 'ada' }],
        [10_002, claim(0, 2)],
      ]).header.state,
    ).toBe('running');
  });

  test('before its start nothing of it begins', () => {
    const job = jobFrom({ name: 'story', startAt: 10_000_000, nodes: [node('a')] });
    expect(redriven(job, { nodes: [0] }).header.state).toBe('scheduled');
  });
});

describe('a map', () => {
  const each = (more: object = {}, item: object = {}) => ({
    id: 'each',
    type: 'map',
    over: ['x', 'y', 'z'],
    node: { type: 'function', handler: 'noop', ...once, ...item },
    ...more,
  });
  const some = (more: object = {}, item: object = {}) => jobOf(each(more, item), node('end', ['each']));
  const index = (job: Job, id: string) => nodeIndices(job).find((at) => nodeIdAt(job, at) === id)!;

  test('goes on with the items that failed, and keeps the results of the others', () => {
    const failed = work(some(), { 'each[1]': 'fails' });
    expect(failed.header.state).toBe('failed');
    const again = redriven(failed);
    expect(told(again)).toMatchObject({
      each: 'waiting',
      'each[0]': 'succeeded',
      'each[1]': 'ready',
      'each[2]': 'succeeded',
      end: 'blocked',
    });
    const done = work(again);
    expect(resultsOf(done)['each']).toEqual(['each[0] 1', 'each[1] 2', 'each[2] 1']);
    expect(done.header.state).toBe('completed');
  });

  test('has no more items under way than it allows', () => {
    const failed = play(some({ concurrency: 1 }), [[1, cancel]]);
    const job = redriven(failed);
    expect(told(job)).toMatchObject({ 'each[0]': 'ready', 'each[1]': 'blocked', 'each[2]': 'blocked' });
    expect(resultsOf(work(job))['each']).toEqual(['each[0] 1', 'each[1] 1', 'each[2] 1']);
  });

  test('lets items between those that have settled have their turn', () => {
    const failed = work(some({ over: [1, 2, 3, 4, 5], concurrency: 2 }), {
      'each[1]': 'fails',
      'each[3]': 'fails',
      'each[4]': 'fails',
    });
    const job = redriven(failed);
    expect(told(job)).toMatchObject({ 'each[1]': 'ready', 'each[3]': 'ready', 'each[4]': 'blocked' });
    expect(work(job).header.state).toBe('completed');
  });

  test('passes over those that have settled when the next one has its turn', () => {
    const failing = { 'each[0]': 'fails', 'each[1]': 'fails', 'each[4]': 'fails' };
    const failed = work(some({ over: [1, 2, 3, 4, 5], concurrency: 1 }), failing);
    const done = work(redriven(failed));
    expect(done.header.state).toBe('completed');
    expect(resultsOf(done)['each']).toEqual(['each[0] 2', 'each[1] 2', 'each[2] 1', 'each[3] 1', 'each[4] 2']);
  });

  test('whose items may fail keeps what failed', () => {
    const job = jobOf(each({}, { onFailure: 'continue' }), node('end', [], once));
    const failed = work(job, { 'each[1]': 'fails', end: 'fails' });
    expect(told(redriven(failed))).toMatchObject({ each: 'succeeded', 'each[1]': 'failed', end: 'ready' });
  });

  test('runs one item again that is named, and what is built on the map', () => {
    const done = work(some());
    const again = redriven(done, { nodes: [index(done, 'each[2]')] });
    expect(told(again)).toMatchObject({ each: 'waiting', 'each[1]': 'succeeded', 'each[2]': 'ready', end: 'blocked' });
    expect(resultsOf(work(again))).toMatchObject({ each: ['each[0] 1', 'each[1] 1', 'each[2] 2'], end: 'end 2' });
  });

  test('at work goes on with its other items when one of them is named', () => {
    const job = play(some(), [
      [0, claim(2)],
      [1, succeed(2, 'x')],
      [2, claim(3)],
    ]);
    const again = redriven(job, { nodes: [2] });
    expect(told(again)).toMatchObject({
      each: 'waiting',
      'each[0]': 'ready',
      'each[1]': 'running',
      'each[2]': 'ready',
    });
    const done = work(play(again, [[10_001, succeed(3, 'y')]]));
    expect(resultsOf(done)['each']).toEqual(['each[0] 2', 'y', 'each[2] 1']);
  });

  test('at work has no room for a named item while another one is under way', () => {
    const job = play(some({ concurrency: 1 }), [
      [0, claim(2)],
      [1, succeed(2, 'x')],
      [2, claim(3)],
    ]);
    const again = redriven(job, { nodes: [2] });
    expect(told(again)).toMatchObject({ 'each[0]': 'blocked', 'each[1]': 'running', 'each[2]': 'blocked' });
    expect(work(play(again, [[10_001, succeed(3, 'y')]])).header.state).toBe('completed');
  });

  describe('whose list is made anew', () => {
    const listed = () =>
      jobOf(node('load'), each({ dependsOn: ['load'], over: '${nodes.load.result}' }), node('end', ['each']));

    test('gives its items up and has others under their ids', () => {
      const done = work(listed(), { load: ['x', 'y', 'z'] });
      const { job, effects } = apply(done, redrive({ nodes: [0] }));
      expect(told(job)).toMatchObject({
        load: 'ready',
        each: 'blocked',
        'each[0]~3': 'cancelled',
        'each[2]~3': 'cancelled',
      });
      expect(effects.filter(({ kind }) => kind === 'abort')).toEqual([]);
      const again = work(job, { load: ['p', 'q'] });
      expect(told(again)).toMatchObject({
        each: 'succeeded',
        'each[0]': 'succeeded',
        'each[1]': 'succeeded',
        end: 'succeeded',
      });
      expect(resultsOf(again)['each']).toEqual(['each[0] 2', 'each[1] 2']);
      expect(again.header.state).toBe('completed');
    });

    test('J2: what is said of an item of the list before changes nothing of the new one, though it has the same id', () => {
      const done = redriven(work(listed(), { load: ['x'] }), { nodes: [0] });
      const again = play(done, [
        [10_001, claim(0, 2)],
        [10_002, succeed(0, ['p'], 2)],
      ]);
      const item = index(again, 'each[0]');
      const claimed = play(again, [[10_003, claim(item, 2)]]);
      expect(apply(claimed, succeed(item, 'of x', 1)).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
      expect(nodeAt(claimed, item)).toMatchObject({ attempt: 2, redoAfter: 1 });
    });

    test('stops what its items are doing', () => {
      const running = play(jobOf(each({ over: ['x'] })), [[0, claim(1)]]);
      expect(apply(running, redrive({ nodes: [0] })).effects).toContainEqual({ kind: 'abort', node: 1, attempt: 1 });
    });

    test('where it is made of what failed and runs again, too', () => {
      const over = ['${nodes.load.error.code}'];
      const listing = each({ dependsOn: ['load'], join: 'all_settled', over });
      const failed = work(jobOf(node('load', [], once), listing), { load: 'fails', 'each[0]': 'fails' });
      expect(failed.header.state).toBe('failed');
      expect(told(redriven(failed))).toMatchObject({ load: 'ready', each: 'blocked', 'each[0]~2': 'cancelled' });
    });

    test('frees the bytes of their results', () => {
      const done = work(listed(), { load: ['x', 'y'] });
      expect(redriven(done, { nodes: [0] }).header.resultBytes).toBe(0);
    });

    test('items that were given up are nobody’s and cannot be named', () => {
      const job = redriven(work(listed(), { load: ['x'] }), { nodes: [0] });
      expect(apply(job, redrive({ nodes: [3] })).because).toEqual({ kind: 'refused', because: 'unknownNode' });
    });
  });
});

test('J5: lines of a list that was given up say how far its attempts went, and the next one counts on from there', () => {
  const line = (seq: number, more: object) => ({ seq, at: 0, ...more }) as Parameters<typeof replayAudit>[1][number];
  const { nodes } = replayAudit(
    ['each'],
    [
      line(1, { event: 'mapped', node: 'each', to: 'waiting', items: 2 }),
      line(2, { event: 'reset', node: 'each', items: 2, attempt: 3 }),
      line(3, { event: 'mapped', node: 'each', to: 'waiting', items: 1 }),
    ],
  );
  expect([...nodes.keys()]).toEqual(['each', 'each[0]']);
  expect(nodes.get('each[0]')).toEqual({ state: 'blocked', attempt: 3 });
});
