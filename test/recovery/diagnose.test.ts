import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  applyToJob,
  closeDraft,
  dueEvents,
  type Job,
  type JobEvent,
  newJob,
  openDraft,
} from '../../shared/jobs/index.ts';
import { diagnose } from '../../shared/recovery/index.ts';
import { claim, jobFrom, node, play, submittedAt, succeed } from '../jobs/a-story.ts';

const at = (ms: number) => submittedAt + ms;
const aClaim = (index: number, attempt = 1): JobEvent => ({
  kind: 'claimed',
  node: index,
  attempt,
  owner: 'engine-1',
  leaseUntil: at(30_000),
});
const broken = (index: number, more: object = {}, attempt = 1): JobEvent => ({
  kind: 'failed',
  node: index,
  attempt,
  failure: { code: 'broken', message: 'it broke', retryable: false, ...more },
  chance: 0.5,
});
const one = (more: Readonly<Record<string, unknown>> = {}, ofJob: object = {}) =>
  jobFrom({ name: 'j', nodes: [node('a', [], more)], ...ofJob });

/** All that the sweep would do at this moment. */
function sweep(job: Job, now: number): Job {
  return dueEvents(job, now, () => 0.5).reduce((before, event) => applyToJob(before, event, now).job, job);
}

describe('a job is diagnosed', () => {
  test('nothing is wrong with one that runs, waits or has completed', () => {
    const job = one();
    expect(diagnose(job, at(0))).toEqual([]);
    const running = play(job, [[1, aClaim(0)]]);
    expect(diagnose(running, at(29_000))).toEqual([]);
    const done = play(running, [[2, succeed(0)]]);
    expect(diagnose(done, at(1e9))).toEqual([]);
  });

  test('lost_lease: the lease has run out, and then while its node waits for the next attempt', () => {
    const running = play(one({ retry: { delay: '1m' } }), [[1, aClaim(0)]]);
    expect(diagnose(running, at(30_000))).toMatchObject([{ kind: 'lost_lease', node: 'a', attempt: 1 }]);
    expect(diagnose(sweep(running, at(30_000)), at(30_001))).toMatchObject([
      { kind: 'lost_lease', node: 'a', message: 'its executor engine-1 was lost' },
    ]);
  });

  test('timeout and stalled_node: an attempt, a node or a heartbeat is late', () => {
    const running = play(one({ timeout: '5s' }), [[1, aClaim(0)]]);
    expect(diagnose(running, at(5_000))).toEqual([]);
    expect(diagnose(running, at(5_001))).toMatchObject([{ kind: 'timeout', node: 'a' }]);
    const whole = play(one({ totalTimeout: '5s' }), [[1, aClaim(0)]]);
    expect(diagnose(whole, at(5_000))).toMatchObject([{ kind: 'timeout', node: 'a' }]);
    const waiting = play(one({ completion: 'callback', heartbeatTimeout: '5s' }), [
      [1, aClaim(0)],
      [2, { kind: 'accepted', node: 0, attempt: 1 }],
    ]);
    expect(diagnose(waiting, at(5_002))).toMatchObject([{ kind: 'stalled_node', node: 'a' }]);
  });

  test.each([
    ['broken', 'failed_node'],
    ['timeout', 'timeout'],
    ['total_timeout', 'timeout'],
    ['heartbeat_timeout', 'stalled_node'],
    ['lease_lost', 'lost_lease'],
    ['dead_letter', 'dead_letter'],
  ])('a node that failed for good with `%s` is %s, and its job a failed one', (code, kind) => {
    const failed = play(one(), [
      [1, aClaim(0)],
      [2, broken(0, { code })],
    ]);
    expect(diagnose(failed, at(3))).toEqual([
      { kind, node: 'a', attempt: 1, code, message: 'it broke' },
      { kind: 'failed_job', code, message: 'node `a` failed, its only attempt: it broke' },
    ]);
  });

  test('failed_child: a child job ended without success', () => {
    const child = { name: 'c', nodes: [node('x')] };
    const job = play(jobFrom({ name: 'j', nodes: [{ id: 'a', type: 'job', job: child }] }), [
      [5, { kind: 'childEnded', node: 0, attempt: 1, state: 'failed', result: null, resultBytes: 4, chance: 0 }],
    ]);
    expect(diagnose(job, at(6))).toMatchObject([{ kind: 'failed_child', node: 'a', code: 'child_failed' }, {}]);
  });

  test('a failure that the job accepts is none of its', () => {
    const job = play(one({ onFailure: 'continue' }), [
      [1, aClaim(0)],
      [2, broken(0)],
    ]);
    expect(diagnose(job, at(3))).toEqual([]);
  });

  test('a node that somebody is asked about has failed, while its job goes on', () => {
    const rules = [{ on: '*', do: 'escalate' }];
    const job = play(one({ recovery: rules }), [
      [1, aClaim(0)],
      [2, broken(0)],
    ]);
    expect(diagnose(job, at(3))).toEqual([
      { kind: 'failed_node', node: 'a', attempt: 1, code: 'broken', message: 'it broke' },
    ]);
  });

  test('missed_timer: a retry, a delay and a start that are later than an alarm can be', () => {
    const retrying = play(one({ retry: { strategy: 'fixed', delay: '10s' } }), [
      [1, aClaim(0)],
      [2, { ...broken(0), failure: { code: 'broken', message: 'it broke' } } as JobEvent],
    ]);
    expect(diagnose(retrying, at(12_002))).toEqual([]);
    expect(diagnose(retrying, at(12_003))).toMatchObject([{ kind: 'missed_timer', node: 'a' }]);
    const delayed = jobFrom({ name: 'j', nodes: [{ id: 'd', type: 'delay', delay: '10s' }] });
    expect(diagnose(delayed, at(12_001))).toMatchObject([{ kind: 'missed_timer', node: 'd' }]);
    const later = jobFrom({ name: 'j', startAt: at(10_000), nodes: [node('a')] });
    expect(diagnose(later, at(12_001))).toMatchObject([{ kind: 'missed_timer' }]);
  });

  test('missed_timer: the line of what came late says so, and not the line of what came in time or after a pause', () => {
    const lineOf = (job: Job, now: number) => {
      const events = dueEvents(job, now, () => 0.5);
      return events.flatMap((event) => linesOf(job, event, now));
    };
    const delayed = jobFrom({ name: 'j', nodes: [{ id: 'd', type: 'delay', delay: '10s' }] });
    expect(lineOf(delayed, at(12_001))).toMatchObject([{ event: 'delayDue', finding: 'missed_timer' }, {}]);
    expect(lineOf(delayed, at(12_000))[0]).not.toHaveProperty('finding');
    const later = jobFrom({ name: 'j', startAt: at(10_000), nodes: [node('a')] });
    expect(lineOf(later, at(12_001))).toMatchObject([{ event: 'started', finding: 'missed_timer' }, {}]);
    const paused = play(later, [
      [1, { kind: 'paused', by: 'ada' }],
      [60_000, { kind: 'resumed', by: 'ada' }],
    ]);
    expect(diagnose(paused, at(61_000))).toEqual([]);
    expect(lineOf(paused, at(61_000))[0]).not.toHaveProperty('finding');
    expect(lineOf(paused, at(62_001))).toMatchObject([{ event: 'started', finding: 'missed_timer' }, {}]);
  });

  test('stalled_job: nothing can move, since nobody takes what is ready; whom it waits for is named', () => {
    let job = jobFrom({ name: 'j', nodes: [node('a', [], { handler: 'resize' }), node('b', ['a'])] });
    for (const ms of [5_000, 15_000]) job = sweep(job, at(ms));
    expect(diagnose(job, at(34_999))).toEqual([]);
    const lines = dueEvents(job, at(35_000), () => 0.5).flatMap((event) => linesOf(job, event, at(35_000)));
    job = sweep(job, at(35_000));
    const said = '`a` is ready and nobody takes it: handler:resize';
    expect(diagnose(job, at(35_000))).toEqual([{ kind: 'stalled_job', message: said }]);
    expect(lines).toMatchObject([{ event: 'requeued', finding: 'stalled_job', because: said }]);
  });

  test('a job of which something moves is not stalled, however long the rest waits', () => {
    let job = play(jobFrom({ name: 'j', nodes: [node('a'), node('b')] }), [[1, claim(1)]]);
    for (const ms of [5_000, 15_000, 35_000]) job = sweep(job, at(ms));
    expect(diagnose(job, at(36_000))).toEqual([]);
  });

  test('deadline: the job has run out of time, before and after somebody has looked', () => {
    const job = one({}, { timeout: '1m' });
    expect(diagnose(job, at(60_000))).toMatchObject([{ kind: 'deadline' }]);
    const ended = sweep(job, at(60_000));
    expect(diagnose(ended, at(60_000))).toMatchObject([{ kind: 'deadline', code: 'deadline_exceeded' }]);
  });

  test('failed_job: one that was aborted has ended without success', () => {
    const job = play(one(), [[1, { kind: 'cancelled', by: 'ada' }]]);
    expect(diagnose(job, at(2))).toEqual([{ kind: 'failed_job', message: 'the job was aborted' }]);
  });

  test('orphaned_child: its parent has ended, is gone, or goes on with another attempt', () => {
    const child = { name: 'c', nodes: [node('x')] };
    const parent = jobFrom({ name: 'j', nodes: [{ id: 'a', type: 'job', job: child, retry: {} }] });
    const born = newJob(
      { id: 'job-1.0.1', spec: jobFrom(child).spec, parent: { jobId: 'job-1', nodeId: 'a', attempt: 1, depth: 1 } },
      at(1),
    );
    const mine = applyToJob(born, { kind: 'submitted' }, at(1)).job;
    expect(diagnose(mine, at(2), parent)).toEqual([]);
    expect(diagnose(mine, at(2))).toEqual([]);
    const orphan = [{ kind: 'orphaned_child', message: 'job job-1 does not wait for it any more' }];
    expect(diagnose(mine, at(2), 'gone')).toEqual(orphan);
    expect(diagnose(mine, at(2), play(parent, [[1, { kind: 'cancelled', by: 'ada' }]]))).toEqual(orphan);
    const failed = { kind: 'childEnded', node: 0, attempt: 1, state: 'failed', result: null } as const;
    const again = play(parent, [[1, { ...failed, resultBytes: 4, chance: 0 }]]);
    expect(diagnose(mine, at(2), again)).toEqual(orphan);
  });

  test('of a job with many failures the first hundred are told', () => {
    const nodes = Array.from({ length: 150 }, (_, index) => node(`n${index}`));
    const story = nodes.flatMap((_, index) => [[1, aClaim(index)] as const, [2, broken(index)] as const]);
    const found = diagnose(play(jobFrom({ name: 'j', nodes }), story), at(3));
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({ kind: 'failed_job' });
  });
});

function linesOf(job: Job, event: JobEvent, now: number) {
  const draft = openDraft(job, now);
  applyToDraft(draft, event);
  return closeDraft(draft).audit;
}
