import { describe, expect, test } from '@jest/globals';
import {
  adviceWanted,
  applyToJob,
  endedTrial,
  type Job,
  type JobEvent,
  type NodeEvent,
  nodeAt,
} from '../../shared/jobs/index.ts';
import type { Advice } from '../../shared/policy/retry/index.ts';
import { claim, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const advice: Advice = { arm: 'linear', kind: 'overloaded', because: 'adaptive chose linear' };
const failing = (attempt: number, more: Partial<Extract<NodeEvent, { kind: 'failed' }>> = {}): JobEvent => ({
  kind: 'failed',
  node: 0,
  attempt,
  failure: { code: 'http_503', message: 'no' },
  chance: 0.5,
  ...more,
});
const due = (attempt: number): JobEvent => ({ kind: 'retryDue', node: 0, attempt });

const adaptive = { strategy: 'adaptive', delay: 1_000, maxAttempts: 3 };
const claimed = (retry: object = adaptive, more: object = {}) =>
  play(jobOf(node('pay', [], { retry, ...more })), [[0, claim(0)]]);
/** It has failed once, with advice, and runs again. */
const trying = (retry: object = adaptive, more: object = {}) =>
  play(claimed(retry, more), [
    [100, failing(1, { advice })],
    [10_000, due(1)],
    [10_000, claim(0, 2)],
  ]);
const end = (job: Job, event: JobEvent, at = 20_000) =>
  endedTrial(job, event, applyToJob(job, event, submittedAt + at).job, submittedAt + at);

describe('advice', () => {
  test('is wanted for the first failure of a node whose policy is adaptive, and for no other', () => {
    expect(adviceWanted(claimed(), failing(1))).toEqual({ node: 0, kind: 'overloaded', frozen: false });
    expect(adviceWanted(claimed({ ...adaptive, frozen: true }), failing(1))).toMatchObject({ frozen: true });
    expect(adviceWanted(trying(), failing(2))).toBeUndefined();
    expect(adviceWanted(claimed({ strategy: 'linear' }), failing(1))).toBeUndefined();
    expect(adviceWanted(claimed({ ...adaptive, frozen: 'fixed' }), failing(1))).toBeUndefined();
  });

  test('is wanted for an attempt that ran out of time, and not for a lost executor or a success', () => {
    const late: JobEvent = { kind: 'timedOut', node: 0, attempt: 1, limit: 'timeout', chance: 0 };
    expect(adviceWanted(claimed(), late)).toMatchObject({ kind: 'timeout' });
    expect(adviceWanted(claimed(), { ...late, limit: 'totalTimeout' })).toBeUndefined();
    const lost: JobEvent = { kind: 'leaseLost', node: 0, attempt: 1, because: 'executorGone', chance: 0 };
    expect(adviceWanted(claimed(), lost)).toBeUndefined();
    expect(adviceWanted(claimed(), succeed(0))).toBeUndefined();
  });

  test('is not wanted where no retry follows, or a rule names its delay', () => {
    expect(adviceWanted(claimed(), failing(1, { failure: { code: 'http_404', message: '' } }))).toBeUndefined();
    const rules = [{ on: { status: 503 }, retry: true, delay: 5 }];
    expect(adviceWanted(claimed({ ...adaptive, rules }), failing(1))).toBeUndefined();
  });
});

describe('what was advised', () => {
  test('is done, told, and remembered until the node settles', () => {
    const job = trying();
    expect(nodeAt(job, 0)).toMatchObject({ state: 'running', trial: { arm: 'linear', kind: 'overloaded' } });
    const again = applyToJob(job, failing(2), submittedAt + 20_000).job;
    // The second delay of `linear`, at half of the chance.
    expect(nodeAt(again, 0)).toMatchObject({ retryAt: submittedAt + 21_000, trial: { arm: 'linear' } });
    expect(nodeAt(applyToJob(job, succeed(0, 1, 2), submittedAt).job, 0)).toMatchObject({ trial: { arm: 'linear' } });
  });

  test('changes nothing for any other policy', () => {
    const job = claimed({ strategy: 'fixed', delay: 700 });
    const after = applyToJob(job, failing(1, { advice }), submittedAt).job;
    expect(nodeAt(after, 0)).toMatchObject({ retryAt: submittedAt + 700 });
    expect(nodeAt(after, 0)).not.toHaveProperty('trial');
  });

  test('is missed without harm: the delay is that of exponential, and the next failure may be advised', () => {
    const after = applyToJob(claimed(), failing(1), submittedAt).job;
    expect(nodeAt(after, 0)).toMatchObject({ retryAt: submittedAt + 500 });
    expect(nodeAt(after, 0)).not.toHaveProperty('trial');
    const next = play(after, [
      [500, due(1)],
      [500, claim(0, 2)],
    ]);
    expect(adviceWanted(next, failing(2))).toMatchObject({ kind: 'overloaded' });
  });
});

describe('an ended trial', () => {
  const trial = { node: 0, arm: 'linear', kind: 'overloaded' };

  test('earns by a success, and more when it is sooner', () => {
    const soon = end(trying(), succeed(0, null, 2), 11_000)!;
    const late = end(trying(), succeed(0, null, 2), 90_000)!;
    expect(soon).toMatchObject(trial);
    expect(soon.earned).toBeGreaterThan(late.earned);
    expect(late.earned).toBeGreaterThanOrEqual(0.5);
  });

  test('earns nothing when a bound of the policy is reached, also by the very failure it was chosen for', () => {
    expect(end(trying({ ...adaptive, maxAttempts: 2 }), failing(2))).toEqual({ ...trial, earned: 0 });
    const short = claimed({ ...adaptive, maxElapsed: 200 });
    expect(end(short, failing(1, { advice }), 100)).toEqual({ ...trial, earned: 0 });
    const limited = trying(adaptive, { totalTimeout: '15s' });
    const late: JobEvent = { kind: 'timedOut', node: 0, attempt: 2, limit: 'totalTimeout', chance: 0 };
    expect(end(limited, late)).toEqual({ ...trial, earned: 0 });
  });

  test('says nothing while it goes on, and nothing by what is no fault of its own', () => {
    expect(end(trying(), failing(2))).toBeUndefined();
    expect(end(trying(), failing(2, { failure: { code: 'http_404', message: '' } }))).toBeUndefined();
    expect(end(trying(), { kind: 'cancelled', by: 'ada' })).toBeUndefined();
    expect(end(trying(), { kind: 'nodeSkipped', node: 0, by: 'ada' })).toBeUndefined();
  });

  test('is nothing for who succeeded at once, and for a frozen policy', () => {
    expect(end(claimed(), succeed(0))).toBeUndefined();
    expect(end(trying({ ...adaptive, frozen: true }), succeed(0, null, 2))).toBeUndefined();
  });
});
