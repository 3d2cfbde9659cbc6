import { describe, expect, test } from '@jest/globals';
import { reportOf } from '../../shared/jobs/report/report.ts';
import { claim, fail, jobOf, node, play, succeed } from './a-story.ts';

describe('reportOf', () => {
  test('the makespan is from start to end, the critical path the longest way, the sequential time the sum', () => {
    const job = play(jobOf(node('a'), node('b', ['a']), node('c', ['a']), node('d', ['b', 'c'])), [
      [0, claim(0)],
      [100, succeed(0)],
      [110, claim(1)],
      [110, claim(2)],
      [140, succeed(1)],
      [310, succeed(2)],
      [320, claim(3)],
      [370, succeed(3)],
    ]);
    expect(reportOf(job)).toMatchObject({
      state: 'completed',
      makespanMs: 370,
      criticalPathMs: 100 + 200 + 50,
      sequentialMs: 380,
    });
  });

  test('what a spec expects of a node goes before what was measured', () => {
    const job = play(jobOf(node('a', [], { expected: 70 }), node('b', ['a'])), [
      [0, claim(0)],
      [100, succeed(0)],
      [100, claim(1)],
      [130, succeed(1)],
    ]);
    expect(reportOf(job)).toMatchObject({ makespanMs: 130, criticalPathMs: 100, sequentialMs: 100 });
  });

  test('a node that was passed over weighs nothing, whatever was expected of it', () => {
    const job = play(
      jobOf(node('a', [], { expected: 10 }), node('b', ['a'], { expected: 1_000, when: { value: 1, equals: 2 } })),
      [
        [0, claim(0)],
        [10, succeed(0)],
      ],
    );
    const report = reportOf(job);
    expect(report).toMatchObject({ state: 'completed', criticalPathMs: 10, sequentialMs: 10 });
    expect(report.nodes[1]).toEqual({
      id: 'b',
      state: 'skipped',
      attempts: 0,
      startedAt: null,
      endedAt: expect.any(Number),
    });
  });

  test('a map weighs itself on the critical path, and its items in the sum', () => {
    const map = { id: 'm', type: 'map', over: [1, 2, 3], node: { type: 'function', handler: 'f' } };
    const job = play(jobOf(map), [
      [5, claim(1)],
      [5, claim(2)],
      [10, claim(3)],
      [25, succeed(1)],
      [45, succeed(2)],
      [60, succeed(3)],
    ]);
    const report = reportOf(job);
    expect(report.nodes.map(({ id }) => id)).toEqual(['m', 'm[0]', 'm[1]', 'm[2]']);
    expect(report).toMatchObject({ makespanMs: 60, criticalPathMs: 60, sequentialMs: 20 + 40 + 50 });
  });

  test('attempts are counted, and a job under way has no makespan yet', () => {
    const job = play(jobOf(node('a', [], { retry: { strategy: 'immediate' } }), node('b', ['a'])), [
      [0, claim(0)],
      [10, fail(0)],
      [20, claim(0, 2)],
    ]);
    const report = reportOf(job);
    expect(report).toMatchObject({ makespanMs: null, criticalPathMs: 0, sequentialMs: 0 });
    expect(report.nodes).toEqual([
      { id: 'a', state: 'running', attempts: 2, startedAt: expect.any(Number), endedAt: null },
      { id: 'b', state: 'blocked', attempts: 0, startedAt: null, endedAt: null },
    ]);
  });
});
