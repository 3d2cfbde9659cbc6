import { describe, expect, test } from '@jest/globals';
import { progressOf } from '../../shared/jobs/report/progress.ts';
import { claim, fail, jobFrom, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const at = (ms: number) => submittedAt + ms;

describe('progressOf', () => {
  test('percent, counts and the time since the start', () => {
    const job = play(jobOf(node('a'), node('b', ['a']), node('c', ['b'])), [
      [10, claim(0)],
      [20, succeed(0)],
    ]);
    expect(progressOf(job, at(50))).toMatchObject({
      percent: 33.3,
      settled: 1,
      total: 3,
      counts: { succeeded: 1, ready: 1, blocked: 1, running: 0 },
    });
    expect(progressOf(job, at(50)).counts).not.toHaveProperty('lost');
  });

  test('it is 100 percent only when the job has ended', () => {
    const job = jobOf(...Array.from({ length: 2_000 }, (_, index) => node(`n${index}`)));
    const all = Array.from({ length: 2_000 }, (_, index) => [
      [1, claim(index)] as const,
      [2, succeed(index)] as const,
    ]).flat();
    expect(progressOf(play(job, all.slice(0, -1)), at(3)).percent).toBe(99.9);
    expect(progressOf(play(job, all), at(3))).toMatchObject({ percent: 100, estimate: null });
  });

  test("a map's items are parts of their map, so that progress never goes back", () => {
    const over = '${nodes.a.result}';
    const map = { id: 'm', type: 'map', over, dependsOn: ['a'], node: { type: 'function', handler: 'f' } };
    const before = play(jobOf(node('a'), map), [[0, claim(0)]]);
    const mapped = play(before, [[10, succeed(0, [1, 2, 3, 4])]]);
    const later = play(mapped, [
      [10, claim(2)],
      [20, succeed(2)],
    ]);
    expect([before, mapped, later].map((job) => progressOf(job, at(30)).percent)).toEqual([0, 50, 62.5]);
  });

  test('the estimate is the longest way through what is left', () => {
    const nodes = [
      node('a', [], { expected: 100 }),
      node('b', ['a'], { expected: 50 }),
      node('c', ['a'], { expected: 300 }),
      node('d', ['b', 'c'], { expected: 20 }),
    ];
    const job = play(jobOf(...nodes), [[0, claim(0)]]);
    expect(progressOf(job, at(40)).estimate).toEqual({
      remainingMs: 60 + 300 + 20,
      endsAt: at(40 + 380),
      unknownNodes: 0,
    });
  });

  test('what nodes of the same handler took is what others are thought to take', () => {
    const nodes = [node('a'), node('b'), node('c', ['a', 'b']), node('d', ['c'], { handler: 'other' })];
    const job = play(jobOf(...nodes), [
      [0, claim(0)],
      [0, claim(1)],
      [100, succeed(0)],
      [300, succeed(1)],
    ]);
    expect(progressOf(job, at(300)).estimate).toEqual({ remainingMs: 200, endsAt: at(500), unknownNodes: 1 });
  });

  test('a node that takes longer than was thought is thought to end now', () => {
    const job = play(jobOf(node('a', [], { expected: 100 })), [[0, claim(0)]]);
    expect(progressOf(job, at(5_000)).estimate).toEqual({ remainingMs: 0, endsAt: at(5_000), unknownNodes: 0 });
  });

  test('a delay, a retry and a start to come are waited for', () => {
    const delay = play(jobOf({ id: 'a', type: 'delay', delay: '1m' }), []);
    expect(progressOf(delay, at(20_000)).estimate?.remainingMs).toBe(40_000);
    const retry = { strategy: 'fixed', delay: 5_000 };
    const retrying = play(jobOf(node('a', [], { expected: 100, retry })), [
      [0, claim(0)],
      [100, fail(0)],
    ]);
    expect(progressOf(retrying, at(1_000)).estimate?.remainingMs).toBe(4_200);
    const scheduled = jobFrom({ name: 'later', startAt: at(60_000), nodes: [node('a', [], { expected: 100 })] });
    expect(progressOf(scheduled, at(0)).estimate?.remainingMs).toBe(60_100);
  });

  test('items of a map that run few at once take several rounds', () => {
    const map = {
      id: 'm',
      type: 'map',
      over: [1, 2, 3, 4, 5],
      concurrency: 2,
      node: { type: 'function', handler: 'f', expected: 100 },
    };
    expect(progressOf(jobOf(map), at(0)).estimate?.remainingMs).toBe(300);
    expect(progressOf(jobOf({ ...map, concurrency: undefined }), at(0)).estimate?.remainingMs).toBe(100);
  });

  test('nothing is estimated when nothing is known, nor for a job that is paused', () => {
    expect(progressOf(jobOf(node('a')), at(0)).estimate).toBeNull();
    expect(progressOf(jobOf({ id: 'ok', type: 'signal' }), at(0)).estimate).toBeNull();
    const paused = play(jobOf(node('a', [], { expected: 100 })), [[0, { kind: 'paused', by: 'ada' }]]);
    expect(progressOf(paused, at(0)).estimate).toBeNull();
  });
});
