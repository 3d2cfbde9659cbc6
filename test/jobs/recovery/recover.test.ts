import { describe, expect, test } from '@jest/globals';
import { type Job, type JobEvent, nodeAt } from '../../../shared/jobs/index.ts';
import { claim, fail, node, play, succeed } from '../a-story.ts';
import { apply, jobWithRules, once, rule, told } from './a-case.ts';

const finding = { kind: 'failed_job', message: 'it failed' } as const;
type Started = Extract<JobEvent, { kind: 'recoveryStarted' }>;
type Answered = Extract<JobEvent, { kind: 'recoveryAnswered' }>;
const recover = (action: Started['action'], more: Partial<Started> = {}): JobEvent => ({
  kind: 'recoveryStarted',
  action,
  finding,
  by: 'ada',
  ...more,
});
const answer = (action: Answered['action'], more: Partial<Answered> = {}): JobEvent => ({
  kind: 'recoveryAnswered',
  action,
  by: 'ada',
  ...more,
});

const chain = [node('load'), node('pay', ['load'], once), node('ship', ['pay'])];
const failed = (): Job =>
  play(jobWithRules([], chain), [
    [0, claim(0)],
    [1, succeed(0, 'rows')],
    [2, claim(1)],
    [3, fail(1)],
  ]);
const refusal = (job: Job, event: JobEvent) => {
  const { because, job: after } = apply(job, event);
  expect(after).toBe(job);
  return because.kind === 'refused' ? because.because : because.kind;
};

describe('an operator has a failed job recovered', () => {
  test('retry: a new run from the failed node, and a session until it has succeeded', () => {
    const { job } = apply(failed(), recover('retry'));
    expect(told(job)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
    expect(job.header).toMatchObject({ state: 'queued', run: 2, recovery: { id: 'job-1.r1', state: 'acting' } });
    const done = play(job, [
      [10_001, claim(1, 2)],
      [10_002, succeed(1, null, 2)],
    ]);
    expect(done.header.recovery).toBeUndefined();
  });

  test('requeue: later, and elsewhere', () => {
    const { job } = apply(failed(), recover('requeue', { nodes: [1], delay: 5_000, target: 'other' }));
    expect(nodeAt(job, 1)).toMatchObject({ state: 'retrying', failures: 0 });
    expect(job.spec.nodes[1]).toMatchObject({ handler: 'other' });
    expect(job.header.state).toBe('retrying');
  });

  test('skip: the failed node counts as skipped, and the job has completed without it', () => {
    const { job } = apply(failed(), recover('skip'));
    expect(told(job)).toEqual({ load: 'succeeded', pay: 'skipped', ship: 'skipped' });
    expect(job.header.state).toBe('completed');
    expect(job.header.recovery).toBeUndefined();
  });

  test('restore: to the newest checkpoint', () => {
    const before = play(jobWithRules([], chain), [
      [0, claim(0)],
      [1, succeed(0, 'rows')],
      [2, { kind: 'checkpointed', name: 'loaded', by: 'ada' }],
      [3, claim(1)],
      [4, fail(1)],
    ]);
    const { job } = apply(before, recover('restore', { checkpoint: 'loaded' }));
    expect(told(job)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
  });

  test('what is not possible is refused, and nothing has changed', () => {
    expect(refusal(failed(), recover('restore'))).toBe('unknownCheckpoint');
    expect(refusal(failed(), recover('rollback'))).toBe('nothingToCompensate');
    expect(refusal(failed(), recover('abort'))).toBe('jobIsFinal');
    expect(refusal(failed(), recover('escalate'))).toBe('jobIsFinal');
    expect(refusal(failed(), recover('retry', { nodes: [9] }))).toBe('unknownNode');
    expect(refusal(failed(), recover('retry', { nodes: [0] }))).toBe('nothingToRunAgain');
    expect(refusal(failed(), { kind: 'recoveryCancelled', by: 'ada' })).toBe('jobIsFinal');
    expect(refusal(failed(), answer('retry'))).toBe('jobIsFinal');
  });

  test('one session acts on a job at a time', () => {
    const { job } = apply(failed(), recover('retry'));
    expect(refusal(job, recover('skip', { nodes: [1] }))).toBe('recoveryUnderWay');
    expect(refusal(job, { kind: 'redriven', by: 'ada', nodes: [0] })).toBe('recoveryUnderWay');
    expect(refusal(job, answer('retry'))).toBe('recoveryNotEscalated');
    const cancelled = apply(job, { kind: 'recoveryCancelled', by: 'ada' }).job;
    expect(cancelled.header.recovery).toBeUndefined();
    expect(apply(cancelled, recover('abort')).job.header.state).toBe('aborted');
  });

  test('an operator’s request under the same key acts once', () => {
    const once = apply(failed(), recover('retry', { request: 'k' })).job;
    expect(apply(once, recover('retry', { request: 'k' })).because).toEqual({ kind: 'repeated' });
    expect(once.header.recoveries).toBe(1);
  });
});

describe('a session that has asked somebody', () => {
  const asking = (more: Readonly<Record<string, unknown>> = {}) =>
    play(jobWithRules([rule('*', 'escalate')], [...chain, node('other', [], more)]), [
      [0, claim(0)],
      [1, succeed(0)],
      [2, claim(1)],
      [3, fail(1)],
    ]);

  test.each([
    ['retry', { pay: 'ready', ship: 'blocked' }, 'queued'],
    ['skip', { pay: 'skipped', ship: 'skipped' }, 'queued'],
    ['fail', { pay: 'failed', ship: 'skipped' }, 'queued'],
    ['abort', { pay: 'cancelled', ship: 'cancelled' }, 'aborted'],
  ] as const)('answered with %s', (action, states, state) => {
    const { job, because } = apply(asking(), answer(action));
    expect(because).toEqual({ kind: 'applied' });
    expect(told(job)).toMatchObject(states);
    expect(job.header.state).toBe(state);
    expect(job.header.paused).toBeUndefined();
  });

  test('it stays paused until it is answered: it is not simply resumed', () => {
    expect(refusal(asking(), { kind: 'resumed', by: 'ada' })).toBe('recoveryUnderWay');
    expect(refusal(asking(), answer('escalate'))).toBe('actionNotPossible');
  });

  test('when it is cancelled the failure stands', () => {
    const { job } = apply(asking(), { kind: 'recoveryCancelled', by: 'ada' });
    expect(told(job)).toMatchObject({ pay: 'failed', ship: 'skipped', other: 'ready' });
    expect(job.header.paused).toBeUndefined();
  });

  test('whoever can be called is told again, ever more rarely, until the call is heard', () => {
    const rules = [rule('*', 'escalate', { to: 'topic:ops' })];
    const job = play(jobWithRules(rules, [node('pay', [], once)]), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    const tellAt = (each: Job) => each.header.recovery?.escalation?.tellAt ?? Infinity;
    expect(job.header.nextCheckAt).toBe(tellAt(job));
    const first = apply(job, { kind: 'escalationDue' }, 2);
    expect(first.effects).toContainEqual({ kind: 'notify', session: 'job-1.r1' });
    expect(refusal(first.job, { kind: 'escalationDue' })).toBe('notDue');
    const second = apply(first.job, { kind: 'escalationDue' }, 60_000).job;
    expect(tellAt(second) - tellAt(first.job)).toBeGreaterThan(30_000);
    const heard = apply(second, { kind: 'escalationTold', session: 'job-1.r1' }, 60_001).job;
    expect(tellAt(heard)).toBe(Infinity);
    expect(heard.header.state).toBe('paused');
  });
});
