import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  closeDraft,
  handOut,
  type Job,
  type JobEvent,
  nodeAt,
  openDraft,
} from '../../../shared/jobs/index.ts';
import { claim, fail, node, play, submittedAt, succeed } from '../a-story.ts';
import { apply, jobWithRules, once, rule, told } from './a-case.ts';

const by = 'ann';
const none = { kind: 'none', message: 'asked' } as const;
const undoable = { ...once, compensate: { type: 'function', handler: 'undo' } };
const start = (action: 'requeue' | 'skip' | 'restore' | 'retry', more: object): JobEvent => ({
  kind: 'recoveryStarted',
  action,
  finding: none,
  by,
  ...more,
});

describe('a node that was handed out in a parcel, where it may have been claimed without a word to its job', () => {
  test('J2: it is requeued under a number that no attempt of it can have', () => {
    const { job, effects } = apply(inParcels(), start('requeue', { nodes: [1] }));
    expect(nodeAt(job, 1)).toMatchObject({ state: 'ready', attempt: 1 });
    expect(effects).toContainEqual({ kind: 'enqueue', node: 1, attempt: 2, priority: 5 });
  });

  test('J2: so is one that a rule retries once its time is over', () => {
    const late = { kind: 'timedOut', node: 1, attempt: 0, limit: 'totalTimeout', chance: 0.5 } as const;
    const { job, effects } = apply(inParcels(), late);
    expect(nodeAt(job, 1)).toMatchObject({ state: 'ready', attempt: 1 });
    expect(effects).toContainEqual({ kind: 'enqueue', node: 1, attempt: 2, priority: 5 });
  });

  function inParcels(): Job {
    const leaf = { ...once, totalTimeout: 1_000 };
    const leaves = ['a', 'b', 'c'].map((id) => node(id, ['root'], leaf));
    const begun = play(jobWithRules([rule('*', 'retry')], [node('root', [], once), ...leaves]), [[0, claim(0)]]);
    const draft = openDraft(begun, submittedAt + 5);
    applyToDraft(draft, succeed(0));
    handOut(draft, 2);
    return closeDraft(draft).after;
  }
});

describe('states that were captured', () => {
  test('those that sessions take push out none that somebody named, and these have a limit of their own', () => {
    let job = jobWithRules([rule('*', 'retry')], [node('a', [], once)]);
    const names = Array.from({ length: 15 }, (_, at) => `mine-${at}`);
    for (const name of names) job = play(job, [[0, { kind: 'checkpointed', name, by }]]);
    const one = { kind: 'checkpointed', name: 'more', by } as const;
    expect(apply(job, one).because).toEqual({ kind: 'refused', because: 'tooManyCheckpoints' });
    job = captured(job, 7);
    const kept = job.header.checkpoints!.map(({ name }) => name);
    expect(kept.slice(0, 15)).toEqual(names);
    expect(kept.slice(15)).toEqual([3, 4, 5, 6, 7].map((at) => `before job-1.r${at}`));
  });

  test('the oldest of them can be restored by a session, which takes one itself', () => {
    const before = captured(jobWithRules([], [node('a', [], once), node('b', [], once)]), 5);
    const job = play(before, [
      [100, claim(1)],
      [101, succeed(1)],
    ]);
    const { job: restored, because } = apply(job, start('restore', { checkpoint: 'before job-1.r1', request: 'k' }));
    expect(because.kind).toBe('applied');
    expect(nodeAt(restored, 1)).toMatchObject({ state: 'ready', attempt: 1 });
  });

  /** The job after so many sessions, which somebody began and cancelled. */
  function captured(job: Job, sessions: number): Job {
    const ask = { kind: 'recoveryStarted', action: 'escalate', finding: none, by } as const;
    const both: JobEvent[] = [ask, { kind: 'recoveryCancelled', by }];
    return Array.from({ length: sessions }, () => both)
      .flat()
      .reduce((each, event) => apply(each, event, 50).job, job);
  }
});

describe('a job that waits for an answer', () => {
  const pair = [node('pay', [], once), node('log', [], once)];
  const asking = () =>
    play(jobWithRules([rule('*', 'escalate')], pair), [
      [0, claim(0)],
      [1, fail(0)],
    ]);

  test('goes on when somebody has decided about its node in another way: nobody is asked any more', () => {
    const { job } = apply(asking(), { kind: 'nodeSkipped', node: 0, by });
    expect(told(job)).toEqual({ pay: 'skipped', log: 'ready' });
    expect(job.header).toMatchObject({ state: 'queued' });
    expect(job.header.recovery).toBeUndefined();
    expect(nodeAt(job, 1)).toMatchObject({ requeueAt: expect.any(Number) });
  });

  test('goes on when the map has run out of time whose item asked', () => {
    const item = { type: 'function', handler: 'x', ...once, recovery: [{ on: '*', do: 'escalate' }] };
    const map = { id: 'm', type: 'map', over: [1], timeout: 30_000, node: item };
    const job = play(jobWithRules([], [map, node('z')]), [
      [0, claim(2)],
      [1, fail(2)],
    ]);
    expect(job.header.state).toBe('paused');
    const late = { kind: 'timedOut', node: 0, attempt: 1, limit: 'timeout', chance: 0.5 } as const;
    expect(apply(job, late, 30_001).job.header.state).toBe('queued');
  });

  test('has somebody called again when another node asks after the first call was heard', () => {
    const job = play(jobWithRules([rule('*', 'escalate', { to: 'topic:on-call' })], pair), [
      [0, claim(0)],
      [0, claim(1)],
      [1, fail(0)],
      [2, { kind: 'escalationDue' }],
      [3, { kind: 'escalationTold', session: 'job-1.r1' }],
    ]);
    expect(job.header.recovery?.escalation?.tellAt).toBeUndefined();
    const { job: both, effects } = apply(job, fail(1), 4);
    expect(both.header.recovery?.escalation).toMatchObject({ to: 'topic:on-call', tellAt: submittedAt + 4 });
    expect(effects).toContainEqual({ kind: 'alarm', at: submittedAt + 4 });
  });

  test('stays with an operator’s own pause', () => {
    const ran = play(jobWithRules([rule('*', 'escalate')], pair), [
      [0, claim(0)],
      [1, { kind: 'paused', by }],
      [2, fail(0)],
    ]);
    const { job } = apply(ran, { kind: 'nodeSkipped', node: 0, by: 'bob' });
    expect(job.header).toMatchObject({ state: 'paused', paused: { by } });
    expect(apply(job, { kind: 'resumed', by }).because.kind).toBe('applied');
  });
});

describe('somebody is asked because a job has run out of time', () => {
  const asking = () => {
    const job = jobWithRules([rule('deadline', 'escalate')], [node('a', [], once)], { timeout: 60_000 });
    return play(job, [
      [10, claim(0)],
      [60_001, { kind: 'deadlinePassed' }],
    ]);
  };

  test('the options are those that there are: no node waits that could be skipped', () => {
    const { escalation } = asking().header.recovery!;
    expect(escalation?.options).toEqual(['retry', 'rollback', 'abort', 'fail']);
  });

  test('a node that waited for an answer by then can be skipped all the same', () => {
    const rules = [rule('deadline', 'escalate'), rule('broken', 'escalate')];
    const job = play(jobWithRules(rules, [node('a', [], once), node('b')], { timeout: 60_000 }), [
      [0, claim(0)],
      [1, fail(0)],
      [60_001, { kind: 'deadlinePassed' }],
    ]);
    expect(job.header.recovery?.escalation?.options).toContain('skip');
    const { job: after } = apply(job, { kind: 'recoveryAnswered', action: 'skip', by }, 61_000);
    expect(told(after)).toEqual({ a: 'skipped', b: 'ready' });
  });

  test('by a retry it goes on, without a limit', () => {
    const { job } = apply(asking(), { kind: 'recoveryAnswered', action: 'retry', by }, 61_000);
    expect(job.header).toMatchObject({ state: 'running' });
    expect(job.header.deadlineAt).toBeUndefined();
  });

  test.each([
    { kind: 'recoveryAnswered', action: 'fail', by },
    { kind: 'recoveryCancelled', by },
  ] as const)('when that stands, it has failed by its deadline: $kind', (event) => {
    const { job } = apply(asking(), event, 61_000);
    expect(job.header).toMatchObject({ state: 'failed', failure: { code: 'deadline_exceeded' } });
    expect(told(job)).toEqual({ a: 'cancelled' });
  });
});

describe('a job that rules roll back has failed by what brought it to that', () => {
  test('its deadline', () => {
    const job = jobWithRules([rule('deadline', 'rollback')], [node('a', [], undoable), node('b', ['a'])], {
      timeout: 60_000,
    });
    const after = play(job, [
      [10, claim(0)],
      [20, succeed(0)],
      [60_001, { kind: 'deadlinePassed' }],
      [60_010, claim(2)],
      [60_020, succeed(2)],
    ]);
    expect(after.header).toMatchObject({ state: 'failed', failure: { code: 'deadline_exceeded' } });
  });

  test('an item of a map', () => {
    const item = { type: 'function', handler: 'x', ...once, recovery: [{ on: '*', do: 'rollback' }] };
    const job = play(jobWithRules([], [{ id: 'm', type: 'map', over: [1, 2], node: item }]), [
      [0, claim(1)],
      [1, fail(1)],
    ]);
    expect(job.header).toMatchObject({ state: 'failed', failure: { code: 'broken' } });
  });
});

describe('an operator’s session', () => {
  test('does not begin about an item that waits for its turn, which cannot be skipped', () => {
    const map = { id: 'm', type: 'map', over: [1, 2], concurrency: 1, node: { type: 'function', handler: 'x' } };
    const { because } = apply(jobWithRules([], [map]), start('skip', { nodes: [2] }));
    expect(because).toEqual({ kind: 'refused', because: 'nothingToRunAgain' });
  });

  test('is about a node once, however often it is named', () => {
    const failed = play(jobWithRules([], [node('a', [], once)]), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    const { effects } = apply(failed, start('retry', { nodes: [0, 0] }));
    expect(effects.filter(({ kind }) => kind === 'enqueue')).toHaveLength(1);
  });

  test('does not reopen a job that ended longer ago than one can be called back', () => {
    const failed = play(jobWithRules([], [node('a', [], once)]), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    const { because } = apply(failed, start('retry', {}), 400 * 86_400_000);
    expect(because).toEqual({ kind: 'refused', because: 'jobIsTooOld' });
  });
});

describe('a wide job', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `n${at}`);
  const nodes = [...ids.map((id) => node(id, [], once)), node('join', ids)];
  const begun = (action: 'retry' | 'requeue', more: object = {}) => {
    const draft = openDraft(jobWithRules([rule('*', action, more)], nodes), submittedAt + 1);
    for (const at of ids.keys()) applyToDraft(draft, claim(at));
    return draft;
  };

  test('a rule costs as much as its node has neighbours: the join of 10,000 is not counted again for each', () => {
    const draft = begun('retry');
    const from = performance.now();
    for (const at of ids.keys()) applyToDraft(draft, fail(at));
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  test('what a node is asked for from now on changes nothing of the graph, which is not made anew', () => {
    const draft = begun('requeue', { priority: 9 });
    const { graph, spec } = draft;
    applyToDraft(draft, fail(0));
    expect(draft.spec.nodes[0]).toEqual({ ...spec.nodes[0], priority: 9 });
    expect(draft.graph).toBe(graph);
  });
});
