import { describe, expect, test } from '@jest/globals';
import { applyToJob, type Job, type JobEvent } from '../../shared/jobs/index.ts';
import { diagnose, findingFor, optionsOf, prescribe } from '../../shared/recovery/index.ts';
import { claim, jobFrom, node, play, submittedAt } from '../jobs/a-story.ts';

const now = submittedAt + 100;
const broken = (index: number, attempt = 1): JobEvent => ({
  kind: 'failed',
  node: index,
  attempt,
  failure: { code: 'broken', message: 'it broke', retryable: false },
  chance: 0.5,
});
/** `a` has failed, and with it the job. */
const failed = (ofJob: object, ofNode: Readonly<Record<string, unknown>> = {}): Job =>
  play(jobFrom({ name: 'j', nodes: [node('a', [], ofNode), node('b', ['a'])], ...ofJob }), [
    [1, claim(0)],
    [2, broken(0)],
  ]);
const prescribed = (job: Job) => prescribe(job, diagnose(job, now), now);

describe('what a job that is found ill has prescribed for itself', () => {
  test('the first rule that is for what was found, with what it says and the node that it is about', () => {
    const rules = [
      { on: 'timeout', do: 'skip' },
      { on: 'failed_job', do: 'requeue', priority: 9 },
    ];
    expect(prescribed(failed({ recovery: rules }))).toEqual({
      finding: { kind: 'failed_job', code: 'broken', message: 'node `a` failed, its only attempt: it broke' },
      choice: { action: 'requeue', priority: 9 },
      because: 'rule 2 of 2 (on failed_job): requeue 1 of 1',
    });
  });

  test('a rule that has been used up, or whose action is not possible, is passed over', () => {
    const rules = [
      { on: 'broken', do: 'retry' },
      { on: '*', do: 'rollback' },
      { on: 'failed_job', do: 'skip' },
    ];
    const own = [{ on: 'timeout', do: 'skip' }];
    let job = jobFrom({ name: 'j', recovery: rules, nodes: [node('a', [], { recovery: own })] });
    job = play(job, [
      [1, claim(0)],
      [2, broken(0)],
      [3, claim(0, 2)],
      [4, broken(0, 2)],
    ]);
    expect(job.header.state).toBe('failed');
    expect(prescribed(job)).toMatchObject({ finding: { kind: 'failed_job' }, choice: { action: 'skip' } });
  });

  test('a job that stands still has what nobody takes put elsewhere', () => {
    const rules = [{ on: 'stalled_job', do: 'requeue', priority: 9 }];
    const idle = jobFrom({ name: 'j', recovery: rules, nodes: [node('a'), node('b')] });
    const stalled = [5_000, 15_000, 35_000].reduce(
      (job, ms) => applyToJob(job, { kind: 'requeued', nodes: [0, 1] }, submittedAt + ms).job,
      idle,
    );
    const later = submittedAt + 35_000;
    const found = prescribe(stalled, diagnose(stalled, later), later);
    expect(found).toMatchObject({ choice: { action: 'requeue', nodes: [0, 1], priority: 9 } });
    expect(prescribe(idle, diagnose(idle, now), now)).toBeUndefined();
  });

  test('without a rule there is none; an operator is told what he may ask for', () => {
    expect(prescribed(failed({}))).toBeUndefined();
    expect(optionsOf(failed({}), now)).toEqual(['retry', 'skip', 'requeue']);
    expect(optionsOf(jobFrom({ name: 'j', nodes: [node('a')] }), now)).toEqual(['rollback', 'escalate', 'abort']);
  });

  test('a choice is about what was found of its nodes, or of all, or about nothing that is wrong', () => {
    const findings = diagnose(failed({}), now);
    expect(findingFor(findings, [])).toMatchObject({ kind: 'failed_node', node: 'a' });
    expect(findingFor(findings, ['a'])).toMatchObject({ kind: 'failed_node', node: 'a' });
    expect(findingFor(findings, ['b'])).toEqual({ kind: 'none', message: 'nothing was found to be wrong' });
  });
});
