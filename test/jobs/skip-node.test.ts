import { describe, expect, test } from '@jest/globals';
import { applyToJob, type Job, type JobEvent, nodeAt, nodeCount } from '../../shared/jobs/index.ts';
import { claim, fail, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const skip = (at: number, reason?: string): JobEvent => ({
  kind: 'nodeSkipped',
  node: at,
  by: 'ada',
  ...(reason !== undefined && { reason }),
});
const apply = (job: Job, event: JobEvent, at = 10_000) => applyToJob(job, event, submittedAt + at);
const statesOf = (job: Job) => Array.from({ length: nodeCount(job) }, (_, at) => nodeAt(job, at).state);
const retry = { strategy: 'fixed', delay: 60_000, maxAttempts: 3 };

describe('an operator skips a node', () => {
  test('J5: it settles as skipped, and the audit says who did it and why', () => {
    const before = play(jobOf(node('pay', [], { retry })), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    const { job, because } = apply(before, skip(0, 'paid by hand'));
    expect(because).toEqual({ kind: 'applied' });
    expect(nodeAt(job, 0)).toMatchObject({ state: 'skipped', attempt: 1, failures: 1 });
    expect(job.header.state).toBe('completed');
  });

  test.each([
    ['all_succeeded', ['skipped', 'skipped'], 'completed'],
    ['all_settled', ['skipped', 'ready'], 'queued'],
    ['any_succeeded', ['skipped', 'skipped'], 'completed'],
  ])('J3: a dependant that joins by %s follows its rule', (join, states, state) => {
    const { job } = apply(jobOf(node('pay'), node('ship', ['pay'], { join })), skip(0));
    expect(statesOf(job)).toEqual(states);
    expect(job.header.state).toBe(state);
  });

  test('who works for it is told to stop, and what that one says later changes nothing', () => {
    const running = play(jobOf(node('pay'), node('other')), [[0, claim(0)]]);
    const { job, effects } = apply(running, skip(0));
    expect(effects).toContainEqual({ kind: 'abort', node: 0, attempt: 1 });
    expect(apply(job, succeed(0)).because).toEqual({ kind: 'repeated' });
    expect(nodeAt(job, 0).state).toBe('skipped');
  });

  test('a child job that it waits for is cancelled', () => {
    const child = { name: 'child', nodes: [{ id: 'a', type: 'delay', delay: 1 }] };
    const waiting = jobOf({ id: 'child', type: 'job', job: child }, node('other'));
    const { effects } = apply(waiting, skip(0));
    expect(effects).toContainEqual({ kind: 'cancelChild', childId: `${waiting.id}.0.1` });
  });

  test('a map takes its items with it, and no item that waits for its turn is skipped by itself', () => {
    const item = { type: 'function', handler: 'work' };
    const mapped = jobOf({ id: 'each', type: 'map', over: [1, 2, 3], concurrency: 1, node: item }, node('other'));
    expect(statesOf(mapped)).toEqual(['waiting', 'ready', 'ready', 'blocked', 'blocked']);
    expect(apply(mapped, skip(3)).because).toEqual({ kind: 'refused', because: 'nodeIsNotReady' });
    expect(statesOf(apply(mapped, skip(2)).job)).toEqual(['waiting', 'ready', 'skipped', 'ready', 'blocked']);
    expect(statesOf(apply(mapped, skip(0)).job)).toEqual(['skipped', 'ready', 'cancelled', 'cancelled', 'cancelled']);
  });

  test('twice is once; a settled node and a final job stay as they are; nothing is skipped before the start', () => {
    const once = apply(jobOf(node('pay'), node('other')), skip(0)).job;
    expect(apply(once, skip(0))).toMatchObject({ job: once, because: { kind: 'repeated' } });
    const done = play(jobOf(node('pay'), node('other')), [
      [0, claim(0)],
      [1, succeed(0)],
    ]);
    expect(apply(done, skip(0))).toMatchObject({ job: done, because: { kind: 'refused', because: 'nodeIsSettled' } });
    const ended = apply(jobOf(node('pay')), { kind: 'cancelled', by: 'ada' }).job;
    expect(apply(ended, skip(0)).because).toEqual({ kind: 'refused', because: 'jobIsFinal' });
    const over = apply(jobOf(node('pay')), skip(0)).job;
    expect(over.header.state).toBe('completed');
    expect(apply(over, skip(0))).toMatchObject({ job: over, because: { kind: 'repeated' } });
    expect(apply(once, skip(9)).because).toEqual({ kind: 'refused', because: 'unknownNode' });
  });
});
