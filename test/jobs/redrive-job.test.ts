import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  closeDraft,
  dueEvents,
  type Job,
  type JobEvent,
  limits,
  nodeAt,
  openDraft,
} from '../../shared/jobs/index.ts';
import { apply, cancel, once, redrive, redriven, told } from './a-redrive.ts';
import { claim, fail, jobFrom, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const chain = () => jobOf(node('load'), node('pay', ['load'], once), node('ship', ['pay']));
const failedChain = () =>
  play(chain(), [
    [0, claim(0)],
    [1, succeed(0, { rows: 3 })],
    [2, claim(1)],
    [3, fail(1)],
  ]);

describe('a job that failed is redriven', () => {
  test('it goes on from its failed node as a new run: results are kept, what was skipped may run', () => {
    const { job, because, effects } = apply(failedChain(), redrive());
    expect(because).toEqual({ kind: 'applied' });
    expect(told(job)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
    expect(job.header).toMatchObject({ state: 'queued', run: 2 });
    expect(job.header.endedAt).toBeUndefined();
    expect(job.header.failure).toBeUndefined();
    expect(job.header.nextCheckAt).toBeGreaterThan(0);
    expect(effects).toContainEqual({ kind: 'enqueue', node: 1, attempt: 2, priority: 5 });
  });

  test('J2: attempts go on being counted, so that an outcome of the last run changes nothing', () => {
    const running = play(redriven(failedChain()), [[10_001, claim(1, 2)]]);
    expect(apply(running, succeed(1, 'late', 1)).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
    const done = play(running, [
      [10_002, succeed(1, 'paid', 2)],
      [10_003, claim(2)],
      [10_004, succeed(2, 'shipped')],
    ]);
    expect(done.header.state).toBe('completed');
    expect(nodeAt(done, 1)).toMatchObject({ attempt: 2, failures: 0, result: 'paid' });
  });

  test('its retry policy begins anew', () => {
    const twice = { retry: { maxAttempts: 2, strategy: 'immediate' } };
    const failed = play(jobOf(node('pay', [], twice)), [
      [0, claim(0)],
      [1, fail(0)],
      [2, claim(0, 2)],
      [3, fail(0, 2)],
    ]);
    const again = play(redriven(failed), [
      [10_001, claim(0, 3)],
      [10_002, fail(0, 3)],
    ]);
    expect(again.header.state).toBe('queued');
    expect(nodeAt(again, 0)).toMatchObject({ state: 'ready', attempt: 3, failures: 1 });
  });

  test('J5: the first line of the run says who, why and which run, and then each node that was reset', () => {
    const draft = openDraft(failedChain(), submittedAt + 10_000);
    applyToDraft(draft, redrive({ reason: 'the bank is back', request: 'key-1' }));
    const { audit } = closeDraft(draft);
    expect(audit[0]).toMatchObject({
      event: 'redriven',
      by: 'ada',
      run: 2,
      request: 'key-1',
      because: '2 nodes run again, what had not succeeded: the bank is back',
    });
    expect(audit.slice(1, 3)).toMatchObject([
      { event: 'reset', node: 'pay', from: 'failed', to: 'blocked', attempt: 1 },
      { event: 'reset', node: 'ship', from: 'skipped', to: 'blocked', attempt: 0 },
    ]);
    expect(audit.at(-1)).toMatchObject({ event: 'unblocked', node: 'pay', job: 'queued' });
  });

  test.each<[string, Record<string, unknown>, JobEvent[], string]>([
    ['http', { type: 'http', url: 'http://x.example', ...once }, [claim(0), fail(0)], 'ready'],
    [
      'pubsub',
      { type: 'pubsub', topic: 't', ...once },
      [claim(0), { kind: 'accepted', node: 0, attempt: 1 }, fail(0)],
      'ready',
    ],
    ['function', { type: 'function', handler: 'noop', ...once }, [claim(0), fail(0)], 'ready'],
    ['delay', { type: 'delay', delay: '${job.input}' }, [], 'failed'],
    [
      'signal',
      { type: 'signal', timeout: 1 },
      [{ kind: 'timedOut', node: 0, attempt: 1, limit: 'timeout', chance: 0 }],
      'waiting',
    ],
    ['map', { type: 'map', over: '${job.input}', node: { type: 'delay', delay: 1 } }, [], 'failed'],
    [
      'job',
      { type: 'job', job: { name: 'c', nodes: [{ id: 'x', type: 'delay', delay: 1 }] } },
      [{ kind: 'childEnded', node: 0, attempt: 1, state: 'failed', result: null, resultBytes: 4, chance: 0 }],
      'waiting',
    ],
  ])('a node of type %s that failed begins again', (_, spec, events, becomes) => {
    const failed = play(
      jobOf({ id: 'a', ...spec }),
      events.map((event, at) => [at + 1, event] as const),
    );
    expect(failed.header.state).toBe('failed');
    const again = redriven(failed);
    expect(told(again)).toEqual({ a: becomes });
    expect(again.header.run).toBe(2);
  });

  test('a child job is started anew under another id', () => {
    const child = { id: 'a', type: 'job', job: { name: 'c', nodes: [{ id: 'x', type: 'delay', delay: 1 }] } };
    const ended = { kind: 'childEnded', node: 0, attempt: 1, result: null, resultBytes: 4, chance: 0 } as const;
    const failed = play(jobOf(child), [[1, { ...ended, state: 'failed' }]]);
    const { job, effects } = apply(failed, redrive());
    expect(effects).toContainEqual({ kind: 'startChild', node: 0, attempt: 2, childId: 'job-1.0.2' });
    expect(apply(job, { ...ended, state: 'completed' }).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
  });

  test('a job that was cancelled goes on with all that had not settled', () => {
    const aborted = play(chain(), [
      [0, claim(0)],
      [1, succeed(0, 1)],
      [2, claim(1)],
      [3, cancel],
    ]);
    const again = redriven(aborted);
    expect(told(again)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
    expect(nodeAt(again, 1)).toMatchObject({ attempt: 1 });
  });

  test('what failed and was accepted stays as it is', () => {
    const accepting = jobOf(
      node('a', [], { ...once, onFailure: 'continue' }),
      node('b', [], once),
      node('c', ['b'], { join: 'all_settled' }),
      node('d', [], once),
    );
    const failed = play(accepting, [
      ...[0, 1, 3].flatMap((index) => [[0, claim(index)] as const, [1, fail(index)] as const]),
      [2, claim(2)],
      [3, succeed(2)],
    ]);
    expect(told(redriven(failed))).toEqual({ a: 'failed', b: 'failed', c: 'succeeded', d: 'ready' });
  });

  test.each([
    ['all_succeeded', 'blocked'],
    ['all_settled', 'blocked'],
    ['any_succeeded', 'succeeded'],
  ])('J3: behind a node that runs again, one that joins by %s is %s', (join, state) => {
    const job = jobOf(
      node('ok'),
      node('bad', [], once),
      node('after', ['ok', 'bad'], { ...once, join }),
      node('z', [], once),
    );
    const ended = play(job, [
      ...[0, 1, 3].map((index) => [0, claim(index)] as const),
      [1, succeed(0)],
      ...(join === 'any_succeeded'
        ? ([
            [1, claim(2)],
            [1, succeed(2)],
          ] as const)
        : []),
      ...(join === 'any_succeeded'
        ? ([[2, cancel]] as const)
        : ([
            [2, fail(1)],
            [2, fail(3)],
          ] as const)),
      ...(join === 'all_settled'
        ? ([
            [3, claim(2)],
            [3, fail(2)],
          ] as const)
        : []),
    ]);
    const again = redriven(ended);
    expect(told(again)).toMatchObject({ ok: 'succeeded', bad: 'ready', after: state });
    if (state === 'blocked') expect(nodeAt(again, 2)).toMatchObject({ unsettled: 1, succeeded: 1 });
  });

  test('a branch that a choice did not take stays skipped, and what failed in the other runs again', () => {
    const choice = {
      id: 'which',
      type: 'choice',
      choices: [{ when: { value: 1, equals: 1 }, then: ['left'] }],
      otherwise: ['right'],
    };
    const job = jobOf(
      choice,
      node('left', ['which'], once),
      node('right', ['which']),
      node('end', ['left', 'right'], { join: 'any_succeeded' }),
    );
    const failed = play(job, [
      [0, claim(1)],
      [1, fail(1)],
    ]);
    expect(told(redriven(failed))).toEqual({ which: 'succeeded', left: 'ready', right: 'skipped', end: 'blocked' });
  });

  test('what an operator skipped stays skipped', () => {
    const job = play(jobOf(node('a', [], once), node('b', ['a']), node('c', ['a'])), [
      [0, { kind: 'nodeSkipped', node: 1, by: 'ada' }],
      [1, claim(0)],
      [2, fail(0)],
    ]);
    expect(told(redriven(job))).toEqual({ a: 'ready', b: 'skipped', c: 'blocked' });
  });

  test('a signal that was sent before the end and that nobody took is not lost', () => {
    const job = jobOf(node('a', [], once), { id: 'ok', type: 'signal', dependsOn: ['a'] });
    const failed = play(job, [
      [0, claim(0)],
      [1, { kind: 'signalled', id: 's', name: 'ok', data: 'yes', by: 'ada' }],
      [2, fail(0)],
    ]);
    const done = play(redriven(failed), [
      [10_001, claim(0, 2)],
      [10_002, succeed(0, 1, 2)],
    ]);
    expect(done.header.state).toBe('completed');
    expect(nodeAt(done, 1)).toMatchObject({ result: 'yes' });
    expect(done.header.inbox).toEqual([]);
  });

  test('one that comes to the same end at once has an end of this run', () => {
    const failed = jobFrom({ name: 'story', nodes: [{ id: 'a', type: 'delay', delay: '${job.input}' }] });
    const again = redriven(failed);
    expect(again.header).toMatchObject({ state: 'failed', run: 2, endedAt: submittedAt + 10_000 });
    expect(redriven(again, {}, 20_000).header).toMatchObject({
      state: 'failed',
      run: 3,
      endedAt: submittedAt + 20_000,
    });
  });

  test('the sum of the results is the one of those that are kept', () => {
    const bytes = (job: Job) => job.header.resultBytes;
    const running = play(chain(), [
      [0, claim(0)],
      [1, { ...succeed(0, 'abc'), resultBytes: 5 } as JobEvent],
    ]);
    const failed = play(running, [
      [2, claim(1)],
      [3, fail(1)],
    ]);
    expect(bytes(redriven(failed))).toBe(5);
    expect(bytes(redriven(failed, { nodes: [0] }))).toBe(0);
  });
});

describe('the time of a redriven job', () => {
  const timed = (more: object) => ({ name: 'story', nodes: [node('a', [], once)], ...more });
  const failed = (more: object) =>
    play(jobFrom(timed(more)), [
      [0, claim(0)],
      [1, fail(0)],
    ]);

  test('its timeout counts from now on', () => {
    const { job, effects } = apply(failed({ timeout: '1m' }), redrive(), 500_000);
    expect(job.header.deadlineAt).toBe(submittedAt + 560_000);
    expect(effects).toContainEqual({ kind: 'alarm', at: submittedAt + 560_000 });
    expect(redriven(failed({}), {}, 500_000).header.deadlineAt).toBeUndefined();
  });

  test('one whose deadline has passed is refused until it is given another', () => {
    const job = play(jobFrom(timed({ deadline: submittedAt + 5_000 })), [[5_000, { kind: 'deadlinePassed' }]]);
    expect(apply(job, redrive()).because).toEqual({ kind: 'refused', because: 'deadlineHasPassed' });
    const { deadline: _, ...spec } = job.spec;
    expect(redriven(job, { spec }).header).toMatchObject({ state: 'queued', run: 2 });
    expect(redriven(job, { spec: { ...spec, deadline: submittedAt + 60_000 } }).header.deadlineAt).toBe(
      submittedAt + 60_000,
    );
  });

  test('one that was cancelled before it was to start waits for that time again', () => {
    const waiting = jobFrom(timed({ startAt: submittedAt + 60_000, timeout: 1_000 }));
    const { job, effects } = apply(play(waiting, [[1, cancel]]), redrive(), 10);
    expect(job.header).toMatchObject({
      state: 'scheduled',
      nextCheckAt: submittedAt + 60_000,
      alarmAt: submittedAt + 60_000,
    });
    expect(effects).toContainEqual({ kind: 'alarm', at: submittedAt + 60_000 });
    const late = redriven(play(waiting, [[1, cancel]]), {}, 90_000);
    const due = dueEvents(late, submittedAt + 90_000, () => 0);
    expect(
      play(
        late,
        due.map((event) => [90_000, event] as const),
      ).header,
    ).toMatchObject({
      state: 'queued',
      deadlineAt: submittedAt + 91_000,
    });
  });

  test('J4: the sweep looks at it an hour later at the latest', () => {
    const { nextCheckAt } = redriven(failed({}), {}, 9_000_000).header;
    expect(nextCheckAt).toBeGreaterThan(submittedAt + 9_000_000);
    expect(nextCheckAt).toBeLessThanOrEqual(submittedAt + 9_000_000 + 3_600_000);
  });
});

describe('a redrive is refused, and nothing changes', () => {
  const child = () => {
    const job = failedChain();
    return { ...job, header: { ...job.header, parent: { jobId: 'p', nodeId: 'x', attempt: 1, depth: 1 } } };
  };
  const completed = () =>
    play(jobOf(node('a')), [
      [0, claim(0)],
      [1, succeed(0)],
    ]);
  test.each<[string, () => Job, JobEvent, string, number?]>([
    ['of a job that goes on, where no node is named', chain, redrive(), 'jobIsNotFinal'],
    ['of a job that works for another', child, redrive(), 'jobIsChild'],
    ['of a job of which all is done', completed, redrive(), 'nothingToRunAgain'],
    ['of a node that is not there', failedChain, redrive({ nodes: [7] }), 'unknownNode'],
    ['more than a year after the end', failedChain, redrive(), 'jobIsTooOld', limits.delayMs + 4],
  ])('%s', (_, make, event, refusal, at = 10_000) => {
    const job = make();
    const { job: after, because, effects } = apply(job, event, at);
    expect(because).toEqual({ kind: 'refused', because: refusal });
    expect(after).toBe(job);
    expect(effects).toEqual([]);
  });

  test('and up to a year after its end a job goes on', () => {
    expect(apply(failedChain(), redrive(), limits.delayMs).because).toEqual({ kind: 'applied' });
  });
});

describe('a redrive that is asked for twice', () => {
  test('acts once under the same key, whatever became of the job since', () => {
    const event = redrive({ request: 'key-1', nodes: [1] });
    const job = play(failedChain(), [[10_000, event]]);
    expect(apply(job, event).because).toEqual({ kind: 'repeated' });
    const failedAgain = play(job, [
      [10_001, claim(1, 2)],
      [10_002, fail(1, 2)],
    ]);
    expect(apply(failedAgain, event).because).toEqual({ kind: 'repeated' });
    expect(apply(failedAgain, redrive({ request: 'key-1', nodes: [0] })).because).toEqual({
      kind: 'refused',
      because: 'requestKeyReused',
    });
  });

  test('in one commit is carried out once: by then the job goes on', () => {
    const draft = openDraft(failedChain(), submittedAt + 10_000);
    expect([redrive(), redrive()].map((event) => applyToDraft(draft, event).kind)).toEqual(['applied', 'refused']);
    const { after, audit } = closeDraft(draft);
    expect(after.header.run).toBe(2);
    expect(audit.filter(({ event }) => event === 'redriven')).toHaveLength(1);
  });

  test('in one commit with an end between them, it is two runs', () => {
    const draft = openDraft(failedChain(), submittedAt + 10_000);
    for (const event of [redrive(), cancel, redrive()]) expect(applyToDraft(draft, event).kind).toBe('applied');
    const { after } = closeDraft(draft);
    expect(after.header).toMatchObject({ run: 3, state: 'queued' });
    expect(told(after)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
  });
});

describe('parcels', () => {
  const inParcel = (job: Job, index: number, parcel: string): Job => {
    const nodes = job.pages[0]!.nodes.map((run, place) => (place === index ? { ...run, parcel } : run));
    return { ...job, pages: [{ ...job.pages[0]!, nodes: nodes as Job['pages'][0]['nodes'] }] };
  };

  test('J2: of a node that was cancelled in a parcel the next attempt may have begun unheard, and its number is not used again', () => {
    const cancelled = play(inParcel(jobOf(node('a'), node('b')), 0, '2-0'), [[1, cancel]]);
    const again = redriven(cancelled);
    expect(nodeAt(again, 0)).toMatchObject({ state: 'ready', attempt: 1 });
    expect(nodeAt(again, 0)).not.toHaveProperty('parcel');
    expect(nodeAt(again, 1)).toMatchObject({ state: 'ready', attempt: 0 });
    expect(apply(again, claim(0, 1)).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
  });

  test.each<[string, JobEvent]>([
    ['skipped', { kind: 'nodeSkipped', node: 0, by: 'ada' }],
    ['out of time', { kind: 'timedOut', node: 0, attempt: 0, limit: 'totalTimeout', chance: 0 }],
    ['reset', redrive({ nodes: [0] })],
  ])('nor is it when the node was %s', (_, event) => {
    const job = inParcel(jobOf(node('a', [], { totalTimeout: 5 })), 0, '2-0');
    const after = play(job, [[5, event]]);
    const again = event.kind === 'redriven' ? after : redriven(after, { nodes: [0] });
    expect(nodeAt(again, 0)).toMatchObject({ state: 'ready', attempt: 1 });
  });
});
