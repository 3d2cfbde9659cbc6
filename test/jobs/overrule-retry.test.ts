import { describe, expect, test } from '@jest/globals';
import {
  type AuditLine,
  applyToDraft,
  applyToJob,
  closeDraft,
  type Job,
  type JobEvent,
  newJob,
  nodeAt,
  openDraft,
  replayAudit,
  scheduledRetries,
  statesOf,
  statesWithRetries,
} from '../../shared/jobs/index.ts';
import { claim, fail, jobFrom, jobOf, node, play, type Story, submittedAt, succeed } from './a-story.ts';
import { randomWalk } from './random-walk.ts';

const retry = { strategy: 'fixed', delay: 60_000, maxAttempts: 5 };
const now = (attempt = 1, index = 0): JobEvent => ({ kind: 'retriedNow', node: index, attempt, by: 'ada' });
const cancel = (attempt = 1, index = 0): JobEvent => ({
  kind: 'retryCancelled',
  node: index,
  attempt,
  by: 'ada',
  reason: 'the bank is closed',
});
const failing: Story = [
  [0, claim(0)],
  [10, fail(0)],
];
const aRetry = (more: object = {}, ...others: readonly unknown[]): Job =>
  play(jobOf(node('pay', [], { retry, ...more }), ...others), failing);
const apply = (job: Job, event: JobEvent, at = 20) => applyToJob(job, event, submittedAt + at);

describe('a retry that an operator makes now', () => {
  test('makes its node ready long before its time, and its message goes out at once', () => {
    const { job, effects } = apply(aRetry(), now());
    expect(nodeAt(job, 0)).toMatchObject({ state: 'ready', attempt: 1, failures: 1 });
    expect(job.header.state).toBe('queued');
    expect(effects).toContainEqual({ kind: 'enqueue', node: 0, attempt: 2, priority: 5 });
  });

  test('J5: the audit tells who did it', () => {
    expect(linesOf(aRetry(), now())).toMatchObject([
      {
        seq: expect.any(Number),
        at: submittedAt + 20,
        event: 'retriedNow',
        node: 'pay',
        attempt: 1,
        by: 'ada',
        to: 'ready',
        job: 'queued',
      },
    ]);
  });

  test('counts as an attempt like any other: the policy gives up after as many as before', () => {
    const job = aRetry({ retry: { ...retry, maxAttempts: 2 } });
    const after = play(job, [
      [20, now()],
      [30, claim(0, 2)],
      [40, fail(0, 2)],
    ]);
    expect(nodeAt(after, 0)).toMatchObject({ state: 'failed', attempt: 2, failures: 2 });
  });

  test('J6: the alarm that was set for it comes to nothing', () => {
    const after = apply(aRetry(), now()).job;
    const late = apply(after, { kind: 'retryDue', node: 0, attempt: 1 }, 60_010);
    expect(late.because).toEqual({ kind: 'refused', because: 'staleAttempt' });
    expect(late.job).toBe(after);
  });

  test('in a paused job waits for its resumption and no longer', () => {
    const paused = play(aRetry(), [[15, { kind: 'paused', by: 'bob' }]]);
    const { job, effects } = apply(paused, now());
    expect([job.header.state, nodeAt(job, 0).state, effects]).toEqual(['paused', 'ready', []]);
    const resumed = apply(job, { kind: 'resumed', by: 'bob' }, 30);
    expect(resumed.effects).toContainEqual({ kind: 'enqueue', node: 0, attempt: 2, priority: 5 });
  });

  test('of a child job starts the next child', () => {
    const child = { name: 'child', nodes: [{ id: 'a', type: 'delay', delay: '1h' }] };
    const job = jobFrom({ name: 'parent', nodes: [{ id: 'part', type: 'job', job: child, retry }] });
    const ended = play(job, [
      [10, { kind: 'childEnded', node: 0, attempt: 1, state: 'failed', result: null, resultBytes: 4, chance: 0 }],
    ]);
    const { job: after, effects } = apply(ended, now());
    expect(nodeAt(after, 0)).toMatchObject({ state: 'waiting', attempt: 2, on: { kind: 'child' } });
    expect(effects).toContainEqual({ kind: 'startChild', node: 0, attempt: 2, childId: 'job-1.0.2' });
  });
});

describe('a retry that an operator cancels', () => {
  test('leaves its node failed for good with its last failure, and the job fails with it', () => {
    const { job } = apply(aRetry(), cancel());
    const failure = { code: 'broken', message: 'it broke', retryable: false };
    expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', attempt: 1, failures: 1, failure });
    expect(job.header).toMatchObject({ state: 'failed', failure: { code: 'broken', retryable: false } });
  });

  test('J5: the audit tells who did it and why', () => {
    expect(linesOf(aRetry(), cancel())[0]).toMatchObject({
      event: 'retryCancelled',
      node: 'pay',
      attempt: 1,
      to: 'failed',
      by: 'ada',
      because: 'retry cancelled by ada: the bank is closed',
      failure: { code: 'broken', retryable: false },
    });
    const { reason: _, ...unreasoned } = cancel() as Extract<JobEvent, { kind: 'retryCancelled' }>;
    expect(linesOf(aRetry(), unreasoned)[0]!.because).toBe('retry cancelled by ada');
  });

  test('of a node that may fail lets its job go on', () => {
    const { job, effects } = apply(
      aRetry({ onFailure: 'continue' }, node('tell', ['pay'], { join: 'all_settled' })),
      cancel(),
    );
    expect([job.header.state, nodeAt(job, 1).state]).toEqual(['queued', 'ready']);
    expect(effects).toContainEqual({ kind: 'enqueue', node: 1, attempt: 1, priority: 5 });
  });

  test('skips those that needed its success', () => {
    const { job } = apply(aRetry({}, node('pack', ['pay'])), cancel());
    expect(nodeAt(job, 1).state).toBe('skipped');
  });

  test('in a paused job that has nothing else to do ends it', () => {
    const paused = play(aRetry(), [[15, { kind: 'paused', by: 'bob' }]]);
    expect(apply(paused, cancel()).job.header.state).toBe('failed');
  });

  test('beside work that goes on leaves its job running', () => {
    const both = play(jobOf(node('pay', [], { retry }), node('other')), [[0, claim(1)], ...failing]);
    const { job } = apply(both, cancel());
    expect([job.header.state, job.header.tally.failed, job.header.tally.retrying]).toEqual(['running', 1, 0]);
  });
});

describe.each([
  ['retried now', now],
  ['cancelled', cancel],
] as const)('a retry that is %s', (_, decide) => {
  test.each<[string, Job, JobEvent, string]>([
    ['blocked', jobOf(node('first'), node('pay', ['first'])), decide(1, 1), 'nodeIsNotRetrying'],
    ['ready', jobOf(node('pay', [], { retry })), decide(), 'nodeIsNotRetrying'],
    ['running', play(jobOf(node('pay', [], { retry })), [[0, claim(0)]]), decide(), 'nodeIsNotRetrying'],
    ['waiting', jobOf({ id: 'pay', type: 'delay', delay: 1_000 }), decide(), 'nodeIsNotRetrying'],
    [
      'settled',
      play(jobOf(node('pay'), node('other')), [
        [0, claim(0)],
        [1, succeed(0)],
      ]),
      decide(),
      'nodeIsNotRetrying',
    ],
    ['unknown', aRetry(), decide(1, 7), 'unknownNode'],
  ])('is refused for a node that is %s, and nothing changes', (_state, job, event, because) => {
    const applied = apply(job, event);
    expect(applied.because).toEqual({ kind: 'refused', because });
    expect(applied.job).toBe(job);
  });

  test.each([0, 2])('J2: is refused for attempt %i when the first one failed last', (attempt) => {
    expect(apply(aRetry(), decide(attempt)).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
  });

  test('J1: is refused when its job has ended', () => {
    const ended = play(aRetry(), [[15, { kind: 'cancelled', by: 'bob' }]]);
    expect(apply(ended, decide()).because).toEqual({ kind: 'refused', because: 'jobIsFinal' });
  });

  test('is decided on once: whoever asks again is refused and changes nothing', () => {
    const once = apply(aRetry({}, node('other')), decide()).job;
    for (const again of [now(), cancel()]) {
      const { job, because } = apply(once, again, 30);
      expect(because).toEqual({ kind: 'refused', because: 'nodeIsNotRetrying' });
      expect(job).toBe(once);
    }
  });

  test('J5: is in the audit, whose replay gives the stored states', () => {
    const { spec } = jobOf(node('pay', [], { retry }), node('other'));
    const draft = openDraft(newJob({ id: 'job-1', spec }, submittedAt), submittedAt);
    for (const [at, event] of [[0, { kind: 'submitted' }], ...failing, [20, decide()]] as Story) {
      draft.now = submittedAt + at;
      expect(applyToDraft(draft, event).kind).toBe('applied');
    }
    const { after, audit } = closeDraft(draft);
    expect(replayAudit(['pay', 'other'], audit)).toEqual(statesOf(after));
  });
});

describe('scheduled retries of a job', () => {
  test('are those of its nodes that wait for one, behind the given node', () => {
    const job = play(jobOf(node('a', [], { retry }), node('b'), node('c', [], { retry })), [
      [0, claim(0)],
      [0, claim(2)],
      [10, fail(0)],
      [20, fail(2)],
    ]);
    const nodes = (after?: number) => scheduledRetries(job, after).map(({ node: index, run }) => [index, run.retryAt]);
    expect(nodes()).toEqual([
      [0, submittedAt + 60_010],
      [2, submittedAt + 60_020],
    ]);
    expect(nodes(0)).toEqual([[2, submittedAt + 60_020]]);
    expect(nodes(2)).toEqual([]);
  });

  test('are found in the states that are looked through, whatever happens to a job', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 8_000; seed++) {
      randomWalk(seed, (_before, _event, _now, { job }) => {
        if (job.pages.some(({ nodes }) => nodes.some(({ state }) => state === 'retrying'))) seen.add(job.header.state);
      });
    }
    expect([...seen].sort()).toEqual([...statesWithRetries].sort());
  });
});

function linesOf(job: Job, event: JobEvent): readonly AuditLine[] {
  const draft = openDraft(job, submittedAt + 20);
  applyToDraft(draft, event);
  return closeDraft(draft).audit;
}
