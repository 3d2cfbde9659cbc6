import { describe, expect, test } from '@jest/globals';
import {
  applyToJob,
  dueEvents,
  indexOfNode,
  inputAt,
  isCompensated,
  type Job,
  type JobEvent,
  limits,
  nodeAt,
  nodeIdAt,
  nodeIndices,
  priorityAt,
} from '../../shared/jobs/index.ts';
import { progressOf } from '../../shared/jobs/report/index.ts';
import { claim, fail, jobFrom, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const undo = { type: 'function', handler: 'undo' };
/** A node that says how it is taken back. */
const done = (id: string, dependsOn: readonly string[] = [], more = {}) =>
  node(id, dependsOn, { compensate: undo, ...more });
const rollback: JobEvent = { kind: 'rollbackStarted', by: 'ada' };
const apply = (job: Job, event: JobEvent, at = 30_000) => applyToJob(job, event, submittedAt + at);
const rolledBack = (job: Job, event = rollback) => play(job, [[30_000, event]]);
const at = (job: Job, id: string) => indexOfNode(job, id)!;
const runOf = (job: Job, id: string) => nodeAt(job, at(job, id));
const states = (job: Job) => Object.fromEntries(nodeIndices(job).map((i) => [nodeIdAt(job, i), nodeAt(job, i).state]));
const attemptOf = (job: Job, id: string) => (runOf(job, id) as { attempt: number }).attempt;

function claimed(job: Job, id: string): Job {
  return play(job, [[30_000, claim(at(job, id), attemptOf(job, id) + 1)]]);
}

function run(job: Job, ...ids: readonly string[]): Job {
  return ids.reduce((before, id) => {
    const begun = claimed(before, id);
    return play(begun, [[30_000, succeed(at(begun, id), { of: id }, attemptOf(begun, id))]]);
  }, job);
}

const gone = { code: 'gone', message: 'it is gone', retryable: false };
function failed(job: Job, id: string): Job {
  const begun = claimed(job, id);
  const event = {
    kind: 'failed',
    node: at(begun, id),
    attempt: attemptOf(begun, id),
    failure: gone,
    chance: 0,
  } as const;
  return play(begun, [[30_000, event]]);
}

describe('a rollback', () => {
  test('compensates what was built on a node before the node, and ends the job as aborted', () => {
    const paid = run(jobOf(done('reserve'), done('pay', ['reserve']), node('ship', ['pay'])), 'reserve', 'pay');
    const begun = rolledBack(paid);
    expect(begun.header.state).toBe('rolling_back');
    expect(states(begun)).toEqual({
      reserve: 'succeeded',
      pay: 'succeeded',
      ship: 'cancelled',
      'undo(reserve)': 'blocked',
      'undo(pay)': 'ready',
    });
    const over = run(begun, 'undo(pay)', 'undo(reserve)');
    expect(over.header).toMatchObject({ state: 'aborted', endedAt: submittedAt + 30_000 });
    expect(over.header.rollback).toBeUndefined();
    expect([at(over, 'pay'), at(over, 'ship')].map((index) => isCompensated(over, index))).toEqual([true, false]);
  });

  test('compensates at the same time what does not depend on each other, by way of nodes without a compensation', () => {
    const nodes = [done('a'), node('b', ['a']), done('c', ['b']), done('d', ['b'])];
    const begun = rolledBack(run(jobOf(...nodes), 'a', 'b', 'c', 'd'));
    expect(states(begun)).toMatchObject({ 'undo(a)': 'blocked', 'undo(c)': 'ready', 'undo(d)': 'ready' });
    const one = run(begun, 'undo(d)');
    expect(runOf(one, 'undo(a)').state).toBe('blocked');
    expect(runOf(run(one, 'undo(c)'), 'undo(a)').state).toBe('ready');
  });

  test('takes back a map before what its list came from: every item by itself, and in parallel', () => {
    const item = {
      type: 'function',
      handler: 'work',
      compensate: { ...undo, input: { was: '${self.result.of}', item: '${item}' } },
    };
    const job = jobOf(done('list'), { id: 'each', type: 'map', dependsOn: ['list'], over: ['x', 'y'], node: item });
    const begun = rolledBack(run(job, 'list', 'each[0]', 'each[1]'));
    expect(states(begun)).toMatchObject({
      'undo(list)': 'blocked',
      'undo(each[0])': 'ready',
      'undo(each[1])': 'ready',
    });
    expect(inputAt(begun, at(begun, 'undo(each[1])'))).toEqual({
      kind: 'filled',
      value: { was: 'each[1]', item: 'y' },
    });
    expect(runOf(run(begun, 'undo(each[1])', 'undo(each[0])'), 'undo(list)').state).toBe('ready');
  });

  test('cancels at once what has not begun and leaves what runs to its end, so that its success is taken back as well', () => {
    const child = { id: 'child', type: 'job', job: { name: 'child', nodes: [{ id: 'x', type: 'delay', delay: 1 }] } };
    const job = jobOf(done('running'), node('idle'), child, { id: 'nap', type: 'delay', delay: 1_000_000 });
    const { job: begun, effects } = apply(claimed(job, 'running'), rollback);
    expect(states(begun)).toEqual({ running: 'running', idle: 'cancelled', child: 'cancelled', nap: 'cancelled' });
    expect(begun.header.rollback?.stage).toBe('ending');
    expect(effects).toContainEqual({ kind: 'cancelChild', childId: `${job.id}.2.1` });
    const next = play(begun, [[40_000, succeed(0)]]);
    expect(states(next)).toMatchObject({ running: 'succeeded', 'undo(running)': 'ready' });
  });

  test('tries nothing again that fails while it is left to its end, and compensates no failure', () => {
    const begun = rolledBack(claimed(jobOf(done('pay', [], { retry: { maxAttempts: 9 } })), 'pay'));
    const over = play(begun, [[40_000, fail(0)]]);
    expect(states(over)).toEqual({ pay: 'failed' });
    expect(over.header.state).toBe('aborted');
  });

  test.each([
    ['cancels it when its call had not been made', false, 'cancelled'],
    ['takes it for a failure when its call may have been made', true, 'failed'],
  ])('of a node that its executor hands back %s', (_, begun, state) => {
    const ending = rolledBack(claimed(jobOf(done('pay', [], { retry: { maxAttempts: 9 } })), 'pay'));
    const over = play(ending, [[40_000, { kind: 'released', node: 0, attempt: 1, begun }]]);
    expect(states(over)).toEqual({ pay: state });
    expect(over.header.state).toBe('aborted');
  });

  test('of a job that a failure brought to it ends as failed, with that failure', () => {
    const broken = failed(run(jobOf(done('reserve'), node('pay', ['reserve'])), 'reserve'), 'pay');
    expect(broken.header.state).toBe('failed');
    const over = run(rolledBack(broken), 'undo(reserve)');
    expect(over.header).toMatchObject({ state: 'failed', failure: broken.header.failure, run: 2 });
  });

  test('J1: of a job that has ended is a new run of it, asked for by somebody', () => {
    const completed = run(jobOf(done('pay')), 'pay');
    const begun = rolledBack(completed);
    expect(begun.header).toMatchObject({ state: 'rolling_back', run: 2 });
    expect(begun.header.endedAt).toBeUndefined();
  });

  test('of a job that has nothing to compensate ends it as aborted at once, and is refused when it has ended', () => {
    expect(rolledBack(run(jobOf(node('a'), node('b')), 'a')).header.state).toBe('aborted');
    expect(apply(run(jobOf(node('a')), 'a'), rollback).because).toEqual({
      kind: 'refused',
      because: 'nothingToCompensate',
    });
  });

  test('is refused while one is under way, and repeated when everything was taken back', () => {
    const begun = rolledBack(run(jobOf(done('pay')), 'pay'));
    expect(apply(begun, rollback).because).toEqual({ kind: 'refused', because: 'rollingBack' });
    expect(apply(run(begun, 'undo(pay)'), rollback).because).toEqual({ kind: 'repeated' });
  });

  test('is not ended by the deadline of its job', () => {
    const job = jobFrom({ name: 'story', timeout: 60_000, nodes: [done('pay'), node('ship')] });
    const begun = rolledBack(run(job, 'pay'));
    expect(dueEvents(begun, submittedAt + 100_000, () => 0).map(({ kind }) => kind)).toEqual(['requeued']);
    expect(apply(begun, { kind: 'deadlinePassed' }, 100_000).because).toEqual({ kind: 'refused', because: 'notDue' });
  });

  test('ends a pause, and can be paused and resumed itself', () => {
    const paused = play(run(jobOf(done('pay'), node('ship')), 'pay'), [[30_000, { kind: 'paused', by: 'bob' }]]);
    const begun = rolledBack(paused);
    expect(begun.header.state).toBe('rolling_back');
    const again = play(begun, [[31_000, { kind: 'paused', by: 'bob' }]]);
    expect(again.header.state).toBe('paused');
    expect(apply(again, claim(at(again, 'undo(pay)'))).because).toEqual({ kind: 'refused', because: 'jobIsPaused' });
    const resumed = play(again, [[32_000, { kind: 'resumed', by: 'bob' }]]);
    expect(run(resumed, 'undo(pay)').header.state).toBe('aborted');
  });

  test('takes no signals any more', () => {
    const job = run(jobOf(done('pay'), { id: 'go', type: 'signal' }), 'pay');
    const signal: JobEvent = { kind: 'signalled', id: '1', name: 'go', data: null, by: 'eve' };
    expect(apply(rolledBack(job), signal).because).toEqual({ kind: 'refused', because: 'rollingBack' });
  });

  test('goes on without a node that is left to its end when an operator skips it', () => {
    const begun = rolledBack(claimed(run(jobOf(done('pay'), done('hangs')), 'pay'), 'hangs'));
    const next = play(begun, [[40_000, { kind: 'nodeSkipped', node: 1, by: 'ada' }]]);
    expect(states(next)).toEqual({ pay: 'succeeded', hangs: 'skipped', 'undo(pay)': 'ready' });
  });

  test('that is cancelled ends where it stands, and the line says what was not compensated', () => {
    const begun = rolledBack(run(jobOf(done('a'), done('b', ['a'])), 'a', 'b'));
    const cancelled = play(run(begun, 'undo(b)'), [[40_000, { kind: 'cancelled', by: 'ada', reason: 'enough' }]]);
    expect(cancelled.header.state).toBe('aborted');
    expect(states(cancelled)).toMatchObject({ 'undo(a)': 'cancelled', 'undo(b)': 'succeeded' });
  });

  test('goes on from where another was cancelled: what was compensated is not compensated again', () => {
    const begun = rolledBack(run(jobOf(done('a'), done('b', ['a'])), 'a', 'b'));
    const cancelled = play(claimed(run(begun, 'undo(b)'), 'undo(a)'), [[40_000, { kind: 'cancelled', by: 'ada' }]]);
    const again = rolledBack(cancelled);
    expect(states(again)).toMatchObject({ 'undo(a)': 'ready', 'undo(b)': 'succeeded' });
    // J2: what the executor of the first says is of an earlier attempt.
    expect(apply(again, succeed(at(again, 'undo(a)'))).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
    expect(run(again, 'undo(a)').header).toMatchObject({ state: 'aborted', run: 3 });
  });

  test('of as many compensations as a job may have is taken, and of more is refused', () => {
    const item = { type: 'function', handler: 'work', compensate: undo };
    const job = run(jobOf({ id: 'each', type: 'map', over: [1], node: item }), 'each[0]');
    const tally = { ...job.header.tally, succeeded: limits.compensationsPerJob + 1 };
    const many = { ...job, header: { ...job.header, tally } };
    expect(apply(many, rollback).because).toEqual({ kind: 'refused', because: 'tooManyCompensations' });
  });

  test('counts its compensations as its progress', () => {
    const begun = rolledBack(run(jobOf(done('a'), done('b', ['a'])), 'a', 'b'));
    expect(progressOf(begun, submittedAt + 30_000)).toMatchObject({ percent: 0, estimate: null });
    expect(progressOf(run(begun, 'undo(b)'), submittedAt + 30_000).percent).toBe(50);
  });
});

describe('a compensation', () => {
  test('is as urgent as its node, unless it says so itself', () => {
    const own = done('own', [], { compensate: { ...undo, priority: 2 }, priority: 7 });
    const begun = rolledBack(run(jobOf(done('same', [], { priority: 7 }), own), 'same', 'own'));
    expect(['undo(same)', 'undo(own)'].map((id) => priorityAt(begun, at(begun, id)))).toEqual([7, 2]);
  });

  test('sees the input and the result of its node, and what its node could see', () => {
    const input = { paid: '${self.result.of}', sent: '${self.input.euros}', from: '${nodes.reserve.result.of}' };
    const pay = done('pay', ['reserve'], { input: { euros: 3 }, compensate: { ...undo, input } });
    const begun = rolledBack(run(jobOf(node('reserve'), pay), 'reserve', 'pay'));
    const value = { paid: 'pay', sent: 3, from: 'reserve' };
    expect(inputAt(begun, at(begun, 'undo(pay)'))).toEqual({ kind: 'filled', value });
  });

  test('has five attempts unless it or its job says otherwise', () => {
    const left = (job: Job, id: string) => {
      let now = rolledBack(run(job, id));
      for (let failures = 1; ; failures++) {
        now = claimed(now, `undo(${id})`);
        now = play(now, [[30_000, fail(at(now, `undo(${id})`), failures)]]);
        const { state } = runOf(now, `undo(${id})`);
        if (state === 'failed') return failures;
        now = play(now, [[30_000, { kind: 'retriedNow', node: at(now, `undo(${id})`), attempt: failures, by: 'ada' }]]);
      }
    };
    expect(left(jobOf(done('a')), 'a')).toBe(5);
    expect(left(jobFrom({ name: 'story', retry: { maxAttempts: 2 }, nodes: [done('a')] }), 'a')).toBe(2);
    expect(left(jobOf(done('a', [], { compensate: { ...undo, retry: { maxAttempts: 1 } } })), 'a')).toBe(1);
  });

  test('whose condition is false is skipped, and those that waited for it go on', () => {
    const when = { value: '${self.result.of}', equals: 'nobody' };
    const begun = rolledBack(run(jobOf(done('a'), done('b', ['a'], { compensate: { ...undo, when } })), 'a', 'b'));
    expect(states(begun)).toMatchObject({ 'undo(a)': 'ready', 'undo(b)': 'skipped' });
  });

  test('that waits for its turn is not skipped by itself', () => {
    const begun = rolledBack(run(jobOf(done('a'), done('b', ['a'])), 'a', 'b'));
    const skip: JobEvent = { kind: 'nodeSkipped', node: at(begun, 'undo(a)'), by: 'ada' };
    expect(apply(begun, skip).because).toEqual({ kind: 'refused', because: 'nodeIsNotReady' });
  });

  test('whose answer is too large to be kept has succeeded all the same', () => {
    const begun = claimed(rolledBack(run(jobOf(done('a')), 'a')), 'undo(a)');
    const large = { ...succeed(at(begun, 'undo(a)')), resultBytes: limits.resultBytes + 1 } as JobEvent;
    expect(states(play(begun, [[40_000, large]]))).toMatchObject({ 'undo(a)': 'succeeded' });
  });
});

describe('a compensation that fails for good', () => {
  const stopped = () =>
    failed(rolledBack(run(jobOf(done('a'), done('b', ['a']), done('c')), 'a', 'b', 'c')), 'undo(b)');
  const retried = (job: Job, id: string): JobEvent => ({ kind: 'compensationRetried', node: at(job, id), by: 'ada' });

  test('pauses the job until somebody has decided: nothing goes on over it', () => {
    const job = stopped();
    expect(job.header).toMatchObject({ state: 'paused', paused: { by: 'rollback', cause: 'compensationFailed' } });
    expect(apply(job, claim(at(job, 'undo(c)'))).because).toEqual({ kind: 'refused', because: 'jobIsPaused' });
  });

  test('is tried again with all its attempts, and the rollback goes on', () => {
    const again = play(stopped(), [[40_000, retried(stopped(), 'undo(b)')]]);
    expect(again.header.state).toBe('rolling_back');
    expect(runOf(again, 'undo(b)')).toMatchObject({ state: 'ready', attempt: 1, failures: 0 });
    expect(run(again, 'undo(b)', 'undo(a)', 'undo(c)').header.state).toBe('aborted');
  });

  test('can be skipped: what its node did stays, and what it was built on is compensated', () => {
    const job = stopped();
    const next = play(job, [[40_000, { kind: 'nodeSkipped', node: at(job, 'undo(b)'), by: 'ada' }]]);
    expect(states(next)).toMatchObject({ 'undo(a)': 'ready', 'undo(b)': 'skipped', 'undo(c)': 'ready' });
    expect(isCompensated(next, at(next, 'b'))).toBe(false);
    expect(run(next, 'undo(a)', 'undo(c)').header.state).toBe('aborted');
  });

  test('lets nobody resume who has not decided on it', () => {
    const { because } = apply(stopped(), { kind: 'cancelled', by: 'ada' });
    expect(because).toEqual({ kind: 'applied' });
    const paused = play(rolledBack(run(jobOf(done('a')), 'a')), []);
    const byHand = play(claimed(paused, 'undo(a)'), [
      [40_000, { kind: 'paused', by: 'bob' }],
      [40_000, { kind: 'failed', node: at(paused, 'undo(a)'), attempt: 1, failure: gone, chance: 0 }],
    ]);
    expect(apply(byHand, { kind: 'resumed', by: 'bob' }).because).toEqual({
      kind: 'refused',
      because: 'compensationFailed',
    });
    // The pause is Bob's, so the decision does not end it.
    const decided = play(byHand, [[41_000, retried(byHand, 'undo(a)')]]);
    expect(decided.header.state).toBe('paused');
    expect(apply(decided, { kind: 'resumed', by: 'bob' }).job.header.state).toBe('rolling_back');
  });

  test.each([
    ['that has not failed', (job: Job) => retried(job, 'undo(c)')],
    ['that is a node of the spec', (job: Job) => retried(job, 'a')],
  ])('and nothing %s is tried again', (_, event) => {
    const job = stopped();
    expect(apply(job, event(job)).because).toEqual({ kind: 'refused', because: 'noFailedCompensation' });
  });
});

describe('a job that was rolled back and is redriven', () => {
  const redriven: JobEvent = { kind: 'redriven', by: 'ada' };
  const taken = () =>
    run(rolledBack(run(jobOf(done('a'), done('b', ['a']), node('c', ['b'])), 'a', 'b')), 'undo(b)', 'undo(a)');

  test('does again what was taken back', () => {
    const again = play(taken(), [[50_000, redriven]]);
    expect(states(again)).toMatchObject({ a: 'ready', b: 'blocked', c: 'blocked', 'undo(a)': 'succeeded' });
    expect(run(again, 'a', 'b', 'c').header.state).toBe('completed');
  });

  test('and rolled back once more compensates what it did again, under other names', () => {
    const again = rolledBack(run(play(taken(), [[50_000, redriven]]), 'a', 'b'));
    expect(states(again)).toMatchObject({ 'undo(a)': 'succeeded', 'undo(a)~2': 'blocked', 'undo(b)~2': 'ready' });
    expect(run(again, 'undo(b)~2', 'undo(a)~2').header.state).toBe('aborted');
  });
});
