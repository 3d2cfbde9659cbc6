import { describe, expect, test } from '@jest/globals';
import { applyToDraft } from '../../../shared/jobs/apply-event.ts';
import { closeDraft, nodeAt, openDraft } from '../../../shared/jobs/index.ts';
import { claim, fail, node, play, submittedAt, succeed } from '../a-story.ts';
import { apply, jobWithRules, once, rule, told } from './a-case.ts';

const pair = [node('pay', [], once), node('ship', ['pay'])];

describe('a rule retries a node that its retry policy has given up', () => {
  test('its attempts begin anew, its dependants hear of no failure, and the audit says by which rule', () => {
    const before = play(jobWithRules([rule('*', 'retry', { times: 2 })], pair), [[0, claim(0)]]);
    const draft = openDraft(before, submittedAt + 1);
    applyToDraft(draft, fail(0));
    const { after, audit, sessions } = closeDraft(draft);
    expect(told(after)).toEqual({ pay: 'ready', ship: 'blocked' });
    expect(nodeAt(after, 0)).toMatchObject({ attempt: 1, failures: 0 });
    expect(audit).toMatchObject([
      { event: 'failed', to: 'failed' },
      {
        event: 'recoveryActed',
        node: 'pay',
        from: 'failed',
        to: 'ready',
        action: 'retry',
        finding: 'failed_node',
        session: 'job-1.r1',
        because: 'rule 1 of 1 (on *): retry 1 of 2',
      },
    ]);
    expect(sessions).toMatchObject([{ id: 'job-1.r1', state: 'acting', nodes: [0], stepCount: 1 }]);
    expect(after.header.recovery?.finding).toMatchObject({ kind: 'failed_node', node: 'pay', code: 'broken' });
  });

  test('when it succeeds the session has ended, recovered', () => {
    const job = play(jobWithRules([rule('*', 'retry')], pair), [
      [0, claim(0)],
      [1, fail(0)],
      [2, claim(0, 2)],
      [3, succeed(0, null, 2)],
    ]);
    expect(job.header.recovery).toBeUndefined();
    expect(job.header.recoveries).toBe(1);
    expect(told(job)).toEqual({ pay: 'succeeded', ship: 'ready' });
  });

  test('a rule is used as often as it says, then the next one has its turn, and then the failure stands', () => {
    const rules = [rule('broken', 'retry', { times: 1 }), rule('*', 'retry', { times: 1, delay: 500 })];
    const job = play(jobWithRules(rules, pair), [
      [0, claim(0)],
      [1, fail(0)],
      [2, claim(0, 2)],
      [3, fail(0, 2)],
    ]);
    expect(nodeAt(job, 0)).toMatchObject({ state: 'retrying', retryAt: submittedAt + 503 });
    const later = play(job, [
      [503, { kind: 'retryDue', node: 0, attempt: 2 }],
      [504, claim(0, 3)],
      [505, fail(0, 3)],
    ]);
    expect(later.header.state).toBe('failed');
    expect(told(later)).toEqual({ pay: 'failed', ship: 'skipped' });
    expect(later.header.recovery).toBeUndefined();
  });

  test('a failure that the job accepts is not the affair of its rules, but of its own', () => {
    const accepted = [node('pay', [], { ...once, onFailure: 'continue' }), node('other')];
    const job = play(jobWithRules([rule('*', 'retry')], accepted), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    expect(told(job)).toMatchObject({ pay: 'failed' });
  });

  test('what an operator decided is not undone by a rule', () => {
    const nodes = [node('pay', [], { retry: { strategy: 'fixed', delay: 60_000 } })];
    const job = play(jobWithRules([rule('*', 'retry')], nodes), [
      [0, claim(0)],
      [1, fail(0)],
      [2, { kind: 'retryCancelled', node: 0, attempt: 1, by: 'ada' }],
    ]);
    expect(job.header.state).toBe('failed');
  });
});

describe('other actions of a rule', () => {
  const failing = (action: Parameters<typeof rule>[1], more = {}, nodes: readonly unknown[] = pair) =>
    play(jobWithRules([rule('failed_node', action, more)], nodes), [
      [0, claim(0)],
      [1, fail(0)],
    ]);

  test('skip: its dependants follow their join rules', () => {
    const nodes = [node('pay', [], once), node('ship', ['pay'], { join: 'all_settled' })];
    const own = [{ ...node('pay', [], once) }, node('ship', ['pay'])];
    expect(told(failing('skip', {}, own))).toEqual({ pay: 'skipped', ship: 'skipped' });
    expect(failing('skip', {}, own).header.state).toBe('completed');
    expect(told(failing('skip', {}, nodes))).toMatchObject({ pay: 'failed' });
  });

  test('requeue: with another priority and target from now on, told with those before', () => {
    const before = play(jobWithRules([rule('*', 'requeue', { priority: 9, target: 'other-handler' })], pair), [
      [0, claim(0)],
    ]);
    const draft = openDraft(before, submittedAt + 1);
    applyToDraft(draft, fail(0));
    const { after: job, audit } = closeDraft(draft);
    expect(audit).toContainEqual(
      expect.objectContaining({
        event: 'recoveryActed',
        node: 'pay',
        action: 'requeue',
        because: 'target `noop` → `other-handler`, priority 5 → 9',
      }),
    );
    expect(told(job)).toEqual({ pay: 'ready', ship: 'blocked' });
    expect(job.spec.nodes[0]).toMatchObject({ handler: 'other-handler', priority: 9 });
  });

  test('abort: the job ends, and the line names the session', () => {
    const job = failing('abort', {}, [...pair, node('long')]);
    expect(job.header.state).toBe('aborted');
    expect(told(job)).toEqual({ pay: 'failed', ship: 'cancelled', long: 'cancelled' });
  });

  test('escalate: the node waits for a decision, the job is paused, and no time limit bites meanwhile', () => {
    const nodes = [node('pay', [], { ...once, totalTimeout: 1_000 }), node('ship', ['pay'])];
    const job = failing('escalate', { to: 'https://ops.example/hook' }, nodes);
    expect(told(job)).toEqual({ pay: 'waiting', ship: 'blocked' });
    expect(job.header).toMatchObject({ state: 'paused', paused: { cause: 'escalated' } });
    expect(job.header.recovery).toMatchObject({
      state: 'escalated',
      escalation: { to: 'https://ops.example/hook', options: expect.arrayContaining(['retry', 'skip', 'fail']) },
    });
    expect(apply(job, { kind: 'timedOut', node: 0, attempt: 1, limit: 'totalTimeout', chance: 0 }).because).toEqual({
      kind: 'refused',
      because: 'notDue',
    });
  });

  test('escalate: another node that asks is a new question, and the newest is what is told', () => {
    const nodes = [node('pay', [], once), node('ship', [], once)];
    const first = play(jobWithRules([rule('*', 'escalate', { to: 'topic:ops' })], nodes), [
      [0, claim(0)],
      [0, claim(1)],
      [1, fail(0)],
    ]);
    const second = apply(first, fail(1), 2).job;
    const asked = [first, second].map(({ header }) => header.recovery?.escalation);
    expect(asked).toMatchObject([
      { question: 1, finding: { node: 'pay' } },
      { question: 2, finding: { node: 'ship' } },
    ]);
    expect(second.header.recovery?.finding).toMatchObject({ node: 'pay' });
  });

  test('restore: what came after the checkpoint runs again, with the failed node', () => {
    const chain = [node('load'), node('pay', ['load']), node('ship', ['pay'], once)];
    const before = play(jobWithRules([rule('*', 'restore', { checkpoint: 'loaded' })], chain), [
      [0, claim(0)],
      [1, succeed(0, 'rows')],
      [2, { kind: 'checkpointed', name: 'loaded', by: 'ada' }],
      [3, claim(1)],
      [4, succeed(1)],
      [5, claim(2)],
      [6, fail(2)],
    ]);
    expect(told(before)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
    const again = play(before, [
      [7, claim(1, 2)],
      [8, succeed(1, null, 2)],
      [9, claim(2, 2)],
      [10, fail(2, 2)],
    ]);
    expect(again.header.state).toBe('failed');
  });

  test('a rule whose action is not possible is passed over', () => {
    const job = play(jobWithRules([rule('*', 'restore'), rule('*', 'skip')], [node('pay', [], once)]), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    expect(told(job)).toEqual({ pay: 'skipped' });
  });
});

describe('a job that runs out of time', () => {
  test('may wait for a decision instead of failing', () => {
    const job = jobWithRules([rule('deadline', 'escalate')], pair, { timeout: 1_000 });
    const { job: late } = apply(job, { kind: 'deadlinePassed' }, 1_000);
    expect(late.header.state).toBe('paused');
    expect(late.header.recovery?.finding.kind).toBe('deadline');
  });
});
