import { describe, expect, test } from '@jest/globals';
import {
  type AuditLine,
  applyToDraft,
  applyToJob,
  closeDraft,
  type Job,
  type JobEvent,
  limits,
  openDraft,
} from '../../shared/jobs/index.ts';
import type { RecoveryAction } from '../../shared/policy/recovery/index.ts';
import { claim, fail, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const retry = { strategy: 'fixed', delay: 60_000, maxAttempts: 3 };
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const apply = (job: Job, event: JobEvent, at = 10_000) => applyToJob(job, event, submittedAt + at);
const pause = (request: string): JobEvent => ({ kind: 'paused', by: 'ada', request });
const resume: JobEvent = { kind: 'resumed', by: 'ada' };

/** Of node 0 the first attempt has failed; node 1 is ready. */
const aRetry = () =>
  play(jobOf(node('pay', [], { retry }), node('ship')), [
    [0, claim(0)],
    [1, fail(0)],
  ]);
const paused = () => play(aRetry(), [[2, { kind: 'paused', by: 'bob' }]]);

const asked = { by: 'ada', reason: 'a test', request: 'key-1', trace } as const;
const events: readonly (readonly [string, () => Job, JobEvent, JobEvent])[] = [
  ['paused', aRetry, { kind: 'paused', ...asked }, { kind: 'resumed', ...asked }],
  ['resumed', paused, { kind: 'resumed', ...asked }, { kind: 'resumed', ...asked, reason: 'another' }],
  ['cancelled', aRetry, { kind: 'cancelled', ...asked }, { kind: 'cancelled', ...asked, reason: 'another' }],
  ['nodeSkipped', aRetry, { kind: 'nodeSkipped', node: 0, ...asked }, { kind: 'nodeSkipped', node: 1, ...asked }],
  [
    'retriedNow',
    aRetry,
    { kind: 'retriedNow', node: 0, attempt: 1, ...asked },
    { kind: 'retriedNow', node: 0, attempt: 2, ...asked },
  ],
  [
    'retryCancelled',
    aRetry,
    { kind: 'retryCancelled', node: 0, attempt: 1, ...asked },
    { kind: 'retriedNow', node: 0, attempt: 1, ...asked },
  ],
];

const chain = [
  node('load'),
  node('pay', ['load'], { retry: { maxAttempts: 1 }, compensate: { type: 'function', handler: 'undo' } }),
];
const loaded = () =>
  play(jobOf(...chain, node('ship', ['pay'])), [
    [0, claim(0)],
    [1, succeed(0)],
    [2, { kind: 'checkpointed', name: 'loaded', by: 'bob' }],
    [3, claim(1)],
  ]);
const failed = () => play(loaded(), [[4, fail(1)]]);
const paid = () => play(loaded(), [[4, succeed(1)]]);
const finding = { kind: 'failed_job', message: 'it failed' } as const;
const recover = (action: RecoveryAction, more: object = {}): JobEvent => ({
  kind: 'recoveryStarted',
  action,
  finding,
  ...asked,
  ...more,
});
const escalated = () => apply(paid(), { kind: 'recoveryStarted', action: 'escalate', finding, by: 'bob' }, 5).job;

/** Events by which jobs that ended go on, are taken back or are healed. */
const recoveries: readonly (readonly [string, () => Job, JobEvent])[] = [
  ['redriven', failed, { kind: 'redriven', ...asked }],
  ['checkpointed', paid, { kind: 'checkpointed', name: 'paid', ...asked }],
  ['restored', paid, { kind: 'restored', checkpoint: 'loaded', ...asked }],
  ['rolled back', paid, { kind: 'rollbackStarted', ...asked }],
  ['recovered by retry', failed, recover('retry')],
  ['recovered by requeue', failed, recover('requeue', { priority: 9 })],
  ['recovered by skip', failed, recover('skip')],
  ['recovered by skipping what has not settled', paid, recover('skip', { nodes: [2] })],
  ['recovered by rollback', paid, recover('rollback')],
  ['recovered by restore', paid, recover('restore', { checkpoint: 'loaded' })],
  ['recovered by escalation', paid, recover('escalate')],
  ['recovered by abort', paid, recover('abort')],
  ['told what to do', escalated, { kind: 'recoveryAnswered', action: 'abort', ...asked }],
  ['left as it is', escalated, { kind: 'recoveryCancelled', ...asked }],
];

describe.each(recoveries)('a job is %s under a key', (_, givenJob, event) => {
  test('J9: once, whatever is found the second time, and one audit line names the key', () => {
    const once = apply(givenJob(), event);
    expect(once.because).toEqual({ kind: 'applied' });
    const found = 'finding' in event && { finding: { kind: 'stalled_job', message: 'another' } };
    const again = apply(once.job, { ...event, ...found } as JobEvent, 20_000);
    expect([again.because, again.effects]).toEqual([{ kind: 'repeated' }, []]);
    expect(again.job).toBe(once.job);
    const named = linesOf(givenJob(), event).filter(({ request }) => request === 'key-1');
    expect(named).toHaveLength(1);
    expect(named[0]).toMatchObject({ trace, because: expect.stringContaining('a test') });
  });
});

describe.each(events)('a job is %s under a key', (kind, givenJob, event, other) => {
  test('J9: the same request again changes nothing, and whoever sends it hears that it was done', () => {
    const once = apply(givenJob(), event);
    expect(once.because).toEqual({ kind: 'applied' });
    const again = apply(once.job, { ...event, by: 'bob', trace: 'f'.repeat(32) } as JobEvent, 20_000);
    expect(again).toEqual({ job: once.job, effects: [], because: { kind: 'repeated' } });
    expect(again.job).toBe(once.job);
  });

  test('J9: the same key with another request is refused', () => {
    const { job } = apply(givenJob(), event);
    expect(apply(job, other)).toEqual({
      job,
      effects: [],
      because: { kind: 'refused', because: 'requestKeyReused' },
    });
  });

  test('J5: its audit line names who asked and why, the key and the trace, and no other line does', () => {
    const lines = linesOf(givenJob(), event);
    const line = lines.find(({ event: each }) => each === kind);
    expect(line).toMatchObject({ by: 'ada', request: 'key-1', trace, because: expect.stringContaining('a test') });
    expect(lines.filter(({ request, trace: of }) => request !== undefined || of !== undefined)).toEqual([line]);
  });

  test('without a key nothing is remembered', () => {
    const { request: _, ...unnamed } = event as Extract<JobEvent, { kind: 'paused' }>;
    expect(apply(givenJob(), unnamed as JobEvent).job.header.requests).toBeUndefined();
  });
});

describe('requests under keys', () => {
  test('a request that was refused may come again under its key', () => {
    const refused = apply(paused(), pause('again'));
    expect(refused.because).toEqual({ kind: 'refused', because: 'jobIsPaused' });
    const resumed = apply(refused.job, resume).job;
    expect(apply(resumed, pause('again')).because).toEqual({ kind: 'applied' });
  });

  test('a request that came late does not undo what was asked for meanwhile', () => {
    const job = play(aRetry(), [
      [2, pause('first')],
      [3, resume],
    ]);
    const late = apply(job, pause('first'));
    expect([late.because.kind, late.job.header.state]).toEqual(['repeated', 'queued']);
  });

  test('of two that come together one acts', () => {
    const draft = openDraft(aRetry(), submittedAt + 5);
    const kinds = [pause('one'), pause('one'), resume, pause('one')].map((each) => applyToDraft(draft, each).kind);
    expect(kinds).toEqual(['applied', 'repeated', 'applied', 'repeated']);
    expect(closeDraft(draft).audit.map(({ event }) => event)).toEqual(['paused', 'resumed', 'unblocked']);
  });

  test('the last ones are known, as many as the limit says', () => {
    const turns = Array.from({ length: limits.requestsKept + 1 }, (_, turn) => [pause(`turn ${turn}`), resume]);
    const job = play(
      aRetry(),
      turns.flat().map((event, at) => [at + 2, event]),
    );
    expect(job.header.requests).toHaveLength(limits.requestsKept);
    expect(apply(job, pause('turn 1')).because.kind).toBe('repeated');
    expect(apply(job, pause('turn 0')).because.kind).toBe('applied');
  });

  test('a signal carries its trace, too', () => {
    const waiting = jobOf({ id: 'ask', type: 'signal', signal: 'go' });
    const signal: JobEvent = { kind: 'signalled', id: 's1', name: 'go', data: 1, by: 'ada', trace };
    expect(linesOf(waiting, signal)[0]).toMatchObject({ event: 'signalled', by: 'ada', trace });
  });
});

function linesOf(job: Job, event: JobEvent): readonly AuditLine[] {
  const draft = openDraft(job, submittedAt + 10_000);
  applyToDraft(draft, event);
  return closeDraft(draft).audit;
}
