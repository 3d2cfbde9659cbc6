import { describe, expect, test } from '@jest/globals';
import {
  type AuditLine,
  applyToDraft,
  closeDraft,
  type Job,
  type JobEvent,
  nodeAt,
  openDraft,
} from '../../shared/jobs/index.ts';
import { decodeJob, encodePage } from '../../shared/jobs/record/index.ts';
import type { Failure } from '../../shared/policy/retry/index.ts';
import { claim, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const failing = (attempt: number, failure: Partial<Failure> = {}, chance = 0.5): JobEvent => ({
  kind: 'failed',
  node: 0,
  attempt,
  failure: { code: 'busy', message: 'no', ...failure },
  chance,
});
const due = (attempt: number): JobEvent => ({ kind: 'retryDue', node: 0, attempt });
const claimed = (retry: object) => play(jobOf(node('pay', [], { retry })), [[0, claim(0)]]);

function linesOf(job: Job, event: JobEvent, at = 0): readonly AuditLine[] {
  const draft = openDraft(job, submittedAt + at);
  applyToDraft(draft, event);
  return closeDraft(draft).audit;
}

const storedAndRead = (job: Job): Job =>
  decodeJob(job.id, {
    spec: JSON.stringify(job.spec),
    header: JSON.stringify(job.header),
    pages: job.pages.map((page) => encodePage(page)),
    results: new Map(),
  });

describe('a failed attempt', () => {
  test('J5: is told with what its policy made of it', () => {
    const job = claimed({ strategy: 'fibonacci', delay: '200ms', jitter: 'none', maxAttempts: 4 });
    expect(linesOf(job, failing(1))[0]).toMatchObject({
      event: 'failed',
      to: 'retrying',
      retryAt: submittedAt + 200,
      because: 'retry 1 of 3 in 200 ms: fibonacci',
    });
  });

  test('is told with who said so first', () => {
    const said = { ...failing(1), by: 'callback' } as JobEvent;
    expect(linesOf(claimed({ strategy: 'immediate' }), said)[0]).toMatchObject({
      to: 'ready',
      because: 'said by callback, retry 1 of 2 in 0 ms: immediate',
    });
    const lost: JobEvent = { kind: 'leaseLost', node: 0, attempt: 1, because: 'executorGone', chance: 0 };
    expect(linesOf(claimed({}), lost)[0]).toMatchObject({
      because: 'executorGone, lease loss 1 of 20, retry in 0 ms',
    });
  });

  test('waits as long as its target asked, and no jitter shortens that', () => {
    const job = play(claimed({}), [[10, failing(1, { retryAfterMs: 90_000 }, 0)]]);
    expect(nodeAt(job, 0)).toMatchObject({ state: 'retrying', retryAt: submittedAt + 90_010 });
    expect(nodeAt(job, 0)).toHaveProperty('failure.retryAfterMs', 90_000);
  });

  test('of a target that asks for too long is the last one, and its reason is its own', () => {
    const job = claimed({ maxRetryAfter: '1m' });
    expect(linesOf(job, failing(1, { retryAfterMs: 60_001 }))[0]).toMatchObject({
      to: 'failed',
      because: 'retryAfterTooLong',
    });
  });

  test('keeps no wish that is none', () => {
    for (const retryAfterMs of [-1, Number.NaN, Infinity, 'soon' as never]) {
      const job = play(claimed({ strategy: 'fixed' }), [[0, failing(1, { retryAfterMs })]]);
      expect(nodeAt(job, 0)).toMatchObject({ retryAt: submittedAt + 1_000 });
      expect(nodeAt(job, 0)).not.toHaveProperty('failure.retryAfterMs');
    }
  });

  test('is the last one when the next would begin maxElapsed after the node first started', () => {
    const job = jobOf(node('pay', [], { retry: { strategy: 'fixed', delay: '1s', maxAttempts: 9, maxElapsed: '3s' } }));
    const twice = play(job, [
      [500, claim(0)],
      [600, failing(1)],
      [1_600, due(1)],
      [1_700, claim(0, 2)],
    ]);
    expect(linesOf(twice, failing(2), 2_499)[0]).toMatchObject({ to: 'retrying' });
    expect(linesOf(twice, failing(2), 2_500)[0]).toMatchObject({ to: 'failed', because: 'elapsedExhausted' });
  });

  test('is of its target whatever code the target chose', () => {
    const job = claimed({ strategy: 'fixed', maxAttempts: 2 });
    expect(nodeAt(play(job, [[0, failing(1, { code: 'lease_lost' })]]), 0)).toMatchObject({
      state: 'retrying',
      failures: 1,
      leaseLosses: 0,
    });
  });

  test('leaves what failed for good without a plan for later', () => {
    const ended = play(claimed({ jitter: 'decorrelated', maxAttempts: 2 }), [
      [0, failing(1)],
      [9_000, due(1)],
      [9_000, claim(0, 2)],
      [9_000, failing(2)],
    ]);
    expect(nodeAt(ended, 0)).not.toHaveProperty('lastDelayMs');
  });
});

describe('decorrelated jitter', () => {
  const retry = { jitter: 'decorrelated', delay: '1s', maxAttempts: 9 };

  test('goes on from the last delay, through claims, lost leases and the stored form', () => {
    const once = play(claimed(retry), [[0, failing(1)]]);
    expect(nodeAt(once, 0)).toMatchObject({ retryAt: submittedAt + 2_000, lastDelayMs: 2_000 });
    const stored = storedAndRead(once);
    const lost: JobEvent = { kind: 'leaseLost', node: 0, attempt: 2, because: 'executorGone', chance: 0 };
    const again = play(stored, [
      [2_000, due(1)],
      [2_000, claim(0, 2)],
      [2_100, lost],
      [2_200, claim(0, 3)],
    ]);
    const twice = play(again, [[3_000, failing(3)]]);
    expect(nodeAt(twice, 0)).toMatchObject({ retryAt: submittedAt + 3_000 + 3_500, lastDelayMs: 3_500 });
  });

  test('and no other leaves something in a node', () => {
    for (const jitter of ['none', 'full', 'equal']) {
      const job = play(claimed({ ...retry, jitter }), [[0, failing(1)]]);
      expect(nodeAt(job, 0)).not.toHaveProperty('lastDelayMs');
    }
    expect(nodeAt(play(claimed(retry), [[0, succeed(0)]]), 0)).not.toHaveProperty('lastDelayMs');
  });
});
