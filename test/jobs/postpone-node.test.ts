import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  applyToJob,
  closeDraft,
  type Job,
  type JobEvent,
  nodeAt,
  openDraft,
  replayAudit,
  statesOf,
} from '../../shared/jobs/index.ts';
import { claim, fail, jobFrom, jobOf, node, play, type Story, submittedAt, succeed } from './a-story.ts';

const retry = { strategy: 'fixed', delay: 1_000, maxAttempts: 3 };
const aNode = (more: object = {}) => node('pay', [], { retry, ...more });
const overBudget = (attempt = 2, at = 61_000): JobEvent => ({
  kind: 'postponed',
  node: 0,
  attempt,
  target: 'handler:noop',
  until: submittedAt + at,
  because: 'retryBudget',
  firstAttempts: 1_000,
  retries: 212,
  allowed: 200,
  share: 0.2,
});
const breakerOpen = (attempt = 1, at = 61_000): JobEvent => ({
  kind: 'postponed',
  node: 0,
  attempt,
  target: 'handler:noop',
  until: submittedAt + at,
  because: 'breakerOpen',
});
const bulkheadFull = (at = 61_000): JobEvent => ({
  ...{ kind: 'postponed', node: 0, attempt: 1, target: 'ai_model_inference', because: 'bulkheadFull' },
  ...{ limit: 3, depth: 30, until: submittedAt + at },
});
const due = (attempt = 1): JobEvent => ({ kind: 'retryDue', node: 0, attempt });
const readyAgain: Story = [
  [0, claim(0)],
  [10, fail(0)],
  [1_010, due()],
];
const aRetry = (more: object = {}): Job => play(jobOf(aNode(more)), readyAgain);
const apply = (job: Job, event: JobEvent, at = 1_020) => applyToJob(job, event, submittedAt + at);

function linesOf(job: Job, event: JobEvent, at = 1_020) {
  const draft = openDraft(job, submittedAt + at);
  applyToDraft(draft, event);
  return closeDraft(draft).audit;
}

describe('a node that a guard of its target keeps waiting', () => {
  test('waits as for a retry, with no failure and no attempt more than before', () => {
    const { job, effects } = apply(aRetry(), overBudget());
    expect(nodeAt(job, 0)).toMatchObject({
      state: 'retrying',
      attempt: 1,
      failures: 1,
      leaseLosses: 0,
      retryAt: submittedAt + 61_000,
      failure: { code: 'broken' },
    });
    expect(job.header).toMatchObject({ state: 'retrying', nextCheckAt: submittedAt + 61_000 });
    expect(effects).toContainEqual({ kind: 'alarm', at: submittedAt + 61_000 });
  });

  test('J5: the audit tells which guard it was and its numbers', () => {
    expect(linesOf(aRetry(), overBudget())).toMatchObject([
      {
        event: 'postponed',
        node: 'pay',
        attempt: 1,
        to: 'retrying',
        job: 'retrying',
        retryAt: submittedAt + 61_000,
        because:
          'over the retry budget of handler:noop: 212 retries to 1,000 first attempts in a minute; 200 are allowed, evenly spread (20 % or the floor)',
      },
    ]);
    expect(linesOf(aRetry(), breakerOpen(2))[0]!.because).toBe('the breaker of handler:noop is open');
    expect(linesOf(jobOf(aNode()), bulkheadFull())[0]!.because).toBe(
      'the bulkhead ai_model_inference is full: 3 calls are under way and 30 wait',
    );
  });

  test('has as many attempts left as before, however often it waited', () => {
    const story: Story = [1, 2, 3, 4, 5].flatMap(
      (minute): Story => [
        [minute * 100_000, overBudget(2, minute * 100_000 + 1_000)],
        [minute * 100_000 + 1_000, due()],
      ],
    );
    const late = play(aRetry(), [...story, [600_000, claim(0, 2)], [600_001, fail(0, 2)], [601_001, due(2)]]);
    const end = play(late, [
      [601_002, claim(0, 3)],
      [601_003, fail(0, 3)],
    ]);
    expect(end.header).toMatchObject({ state: 'failed', failure: { message: expect.stringContaining('3 attempts') } });
  });

  test('may wait before its first attempt, and starts with that one', () => {
    const job = jobOf(aNode());
    const waiting = apply(job, breakerOpen()).job;
    expect(nodeAt(waiting, 0)).toMatchObject({
      state: 'retrying',
      attempt: 0,
      failures: 0,
      failure: { code: 'breaker_open' },
    });
    const end = play(waiting, [
      [61_000, due(0)],
      [61_001, claim(0)],
      [61_002, succeed(0)],
    ]);
    expect(end.header.state).toBe('completed');
  });

  test.each<[string, object, JobEvent, object]>([
    ['its policy’s maxElapsed', { retry: { ...retry, maxElapsed: 30_000 } }, overBudget(), { code: 'broken' }],
    ['its totalTimeout', { totalTimeout: 30_000 }, overBudget(), { code: 'broken' }],
    ['its totalTimeout, and was never tried', { totalTimeout: 30_000 }, breakerOpen(), { code: 'breaker_open' }],
    ['its totalTimeout in a full bulkhead', { totalTimeout: 30_000 }, bulkheadFull(), { code: 'bulkhead_full' }],
  ])('is given up when it would wait beyond %s', (_, more, event, failure) => {
    const job = 'attempt' in event && event.attempt === 1 ? jobOf(aNode(more)) : aRetry(more);
    const { job: after } = apply(job, event);
    expect(nodeAt(after, 0)).toMatchObject({ state: 'failed', failure });
    expect(linesOf(job, event)[0]).toMatchObject({
      to: 'failed',
      because: expect.stringMatching(/, noTimeLeftToRetry$/),
    });
    expect(nodeAt(apply(job, { ...event, until: submittedAt + 29_000 } as JobEvent).job, 0).state).toBe('retrying');
  });

  test('is given up when it would wait beyond its job’s deadline', () => {
    const job = play(jobFrom({ name: 'story', timeout: 30_000, nodes: [aNode()] }), readyAgain);
    expect(apply(job, overBudget()).job.header.state).toBe('failed');
    expect(apply(job, overBudget(2, 29_000)).job.header.state).toBe('retrying');
  });

  test('before its first attempt is not bounded by maxElapsed, which counts from that', () => {
    const job = jobOf(aNode({ retry: { ...retry, maxElapsed: 30_000 } }));
    expect(nodeAt(apply(job, breakerOpen()).job, 0).state).toBe('retrying');
  });

  test.each<[string, Job, JobEvent, string]>([
    ['runs', play(jobOf(aNode()), [[0, claim(0)]]), overBudget(), 'nodeIsNotReady'],
    ['waits already', play(jobOf(aNode()), readyAgain.slice(0, 2)), overBudget(), 'nodeIsNotReady'],
    ['has a later attempt', aRetry(), overBudget(1), 'staleAttempt'],
    ['has an earlier attempt', aRetry(), overBudget(3), 'staleAttempt'],
    ['is of a paused job', play(aRetry(), [[1_015, { kind: 'paused', by: 'ada' }]]), overBudget(), 'jobIsPaused'],
  ])('is left alone when it %s', (_, job, event, because) => {
    expect(apply(job, event)).toEqual({ job, effects: [], because: { kind: 'refused', because } });
  });

  test('keeps its place among those whose lease was lost', () => {
    const job = play(jobOf(aNode()), [
      [0, claim(0)],
      [10, { kind: 'leaseLost', node: 0, attempt: 1, because: 'executorGone', chance: 0 }],
    ]);
    const { job: after } = apply(job, breakerOpen(2));
    expect(nodeAt(after, 0)).toMatchObject({ state: 'retrying', lost: true, failure: { code: 'lease_lost' } });
    expect(after.header).toMatchObject({ state: 'recovering', tally: { lost: 1 } });
  });

  test('J5: its lines replayed give the stored states', () => {
    const job = jobOf(aNode());
    const draft = openDraft(job, submittedAt);
    const story: Story = [
      [0, breakerOpen()],
      [61_000, due(0)],
      [61_001, claim(0)],
      [61_002, fail(0)],
      [62_002, due()],
    ];
    for (const [at, event] of [...story, [62_003, overBudget(2, 90_000)] as const]) {
      draft.now = submittedAt + at;
      applyToDraft(draft, event);
    }
    const { audit, after } = closeDraft(draft);
    const before = [
      { seq: 1, at: 0, event: 'submitted' as const },
      { seq: 2, at: 0, event: 'unblocked' as const, node: 'pay', to: 'ready' as const, job: 'queued' as const },
    ];
    expect(replayAudit(['pay'], [...before, ...audit])).toEqual(statesOf(after));
  });

  test('an operator who wants its retry now is not kept waiting, and one who cancels it ends it', () => {
    const waiting = apply(aRetry(), overBudget()).job;
    const now = apply(waiting, { kind: 'retriedNow', node: 0, attempt: 1, by: 'ada' }).job;
    expect(nodeAt(now, 0)).toMatchObject({ state: 'ready', isUrged: true });
    const running = play(now, [[1_021, claim(0, 2)]]);
    const again = play(running, [
      [1_022, fail(0, 2)],
      [2_022, due(2)],
    ]);
    expect(nodeAt(again, 0)).not.toHaveProperty('isUrged');
    const cancelled = apply(waiting, { kind: 'retryCancelled', node: 0, attempt: 1, by: 'ada' }).job;
    expect(nodeAt(cancelled, 0)).toMatchObject({ state: 'failed', failure: { code: 'broken' } });
  });
});
