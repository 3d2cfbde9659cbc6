import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  applyToJob,
  closeDraft,
  fold,
  type Job,
  type JobEvent,
  limits,
  nodeAt,
  openDraft,
} from '../../shared/jobs/index.ts';
import { claim, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const letter = (attempt = 1, text = '{"nodes":[[0,1]]}'): JobEvent => ({
  kind: 'undeliverable',
  node: 0,
  attempt,
  text,
  chance: 0.5,
});
const apply = (job: Job, event: JobEvent, at = 0) => applyToJob(job, event, submittedAt + at);
const retry = { strategy: 'fixed', delay: 2_000, maxLeaseLosses: 1 };

describe('a message that came to nothing with every delivery', () => {
  test('costs its node an attempt that says nothing of its target, and it is published again at once', () => {
    const { job, because, effects } = apply(jobOf(node('pay', [], { retry })), letter(), 500);
    expect(because).toEqual({ kind: 'applied' });
    expect(nodeAt(job, 0)).toMatchObject({ state: 'ready', attempt: 1, failures: 0, leaseLosses: 1 });
    expect(effects).toEqual([{ kind: 'enqueue', node: 0, attempt: 2, priority: 5 }]);
  });

  test('fails its node when more came to nothing than its policy lets be lost', () => {
    const once = play(jobOf(node('pay', [], { retry })), [[0, letter()]]);
    const { job } = apply(once, letter(2), 3_000);
    expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', attempt: 2, failures: 0, leaseLosses: 2 });
    expect(job.header).toMatchObject({ state: 'failed', failure: { code: 'dead_letter' } });
  });

  test('fails no node that asks for one execution: nobody has begun it', () => {
    const { job } = apply(jobOf(node('pay', [], { retry: { maxAttempts: 1 } })), letter());
    expect(nodeAt(job, 0)).toMatchObject({ state: 'ready', attempt: 1 });
  });

  test('is final where the policy names its code', () => {
    const { job } = apply(jobOf(node('pay', [], { retry: { ...retry, nonRetryable: ['dead_letter'] } })), letter());
    expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', attempt: 1 });
  });

  test('J5: stays in the audit with its text', () => {
    const draft = openDraft(jobOf(node('pay')), submittedAt);
    applyToDraft(draft, letter());
    const { audit } = closeDraft(draft);
    expect(audit).toMatchObject([
      {
        event: 'undeliverable',
        node: 'pay',
        attempt: 1,
        to: 'ready',
        failure: { code: 'dead_letter', details: { message: '{"nodes":[[0,1]]}' } },
      },
    ]);
  });

  test.each([
    ['long', 'x'.repeat(60_000)],
    ['long and not ASCII', '\u0001é'.repeat(30_000)],
  ])('J5: of a text that is %s the beginning stays in the audit', (_, text) => {
    const draft = openDraft(jobOf(node('pay')), submittedAt);
    applyToDraft(draft, letter(1, text));
    const { failure } = closeDraft(draft).audit[0]!;
    const { message } = failure!.details as { message: string };
    expect(message.slice(0, 1_000)).toBe(text.slice(0, 1_000));
    expect(Buffer.byteLength(JSON.stringify(failure!.details))).toBeLessThanOrEqual(limits.failureDetailsBytes);
  });

  test.each([
    ['runs', [[0, claim(0)]], 'nodeIsNotReady'],
    [
      'ran',
      [
        [0, claim(0)],
        [1, succeed(0)],
      ],
      'nodeIsNotReady',
    ],
    [
      'waits for its next attempt',
      [
        [0, claim(0)],
        [1, { kind: 'failed', node: 0, attempt: 1, failure: { code: 'shaky', message: 'shaky' }, chance: 0.5 }],
      ],
      'nodeIsNotReady',
    ],
    ['is published again already', [[0, letter()]], 'staleAttempt'],
    [
      'waits for another attempt than the message was sent for',
      [
        [0, claim(0)],
        [0, { kind: 'released', node: 0, attempt: 1, begun: true }],
      ],
      'staleAttempt',
    ],
  ] as [string, [number, JobEvent][], string][])('changes nothing for a node that %s', (_, story, why) => {
    const before = play(jobOf(node('pay', [], { retry }), node('then', ['pay'])), story);
    const { job, because } = apply(before, letter(), 10);
    expect(because).toEqual({ kind: 'refused', because: why });
    expect(job).toBe(before);
  });

  test('changes nothing for a node that still waits for others, and none that is unknown', () => {
    const before = jobOf(node('then', ['pay']), node('pay'));
    expect(apply(before, letter()).because).toEqual({ kind: 'refused', because: 'nodeIsNotReady' });
    expect(apply(before, { ...letter(), node: 7 } as JobEvent).because).toEqual({
      kind: 'refused',
      because: 'unknownNode',
    });
  });

  test('takes its node out of the parcel: the next attempt is claimed by itself', () => {
    const handedOut = inParcel(jobOf(node('pay', [], { retry }), node('a')));
    const { job } = apply(handedOut, letter());
    expect(apply(job, claim(0, 2), 2_000).because).toEqual({ kind: 'applied' });
  });

  test('changes nothing when the claim of its parcel is folded first', () => {
    const draft = openDraft(inParcel(jobOf(node('pay'), node('a'))), submittedAt);
    const claims = [{ node: 0, attempt: 1 }];
    const times = { claimedAt: submittedAt, leaseUntil: submittedAt + 1_000 };
    fold(draft, [{ parcelId: 'p', owner: 'engine-1', ...times, claims, events: [] }]);
    expect(applyToDraft(draft, letter())).toEqual({ kind: 'refused', because: 'nodeIsNotReady' });
  });
});

/** Its first node waits in parcel `p`. */
function inParcel(job: Job): Job {
  const [page] = job.pages;
  const nodes = page!.nodes.map((run, place) => (place === 0 ? { ...run, parcel: 'p' } : run));
  return { ...job, pages: [{ ...page!, nodes }] };
}
