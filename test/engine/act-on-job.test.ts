import { expect, test } from '@jest/globals';
import { actOnJob, type JobAccess } from '../../shared/engine/act-on-job.ts';
import { type BatchOrder, newBatch } from '../../shared/jobs/batch/index.ts';
import { applyToDraft, closeDraft, type Job, openDraft } from '../../shared/jobs/index.ts';
import { claim, fail, node, play, submittedAt } from '../jobs/a-story.ts';
import { jobWithRules, rule } from '../jobs/recovery/a-case.ts';

/** One job in the hand, and how often it was read. */
function holding(first: Job) {
  const held = { job: first, reads: 0 };
  const access: JobAccess = {
    async read() {
      held.reads++;
      return held.job;
    },
    async commit(_, events) {
      const draft = openDraft(held.job, submittedAt + 10);
      const verdicts = events.map((event) => applyToDraft(draft, event));
      held.job = closeDraft(draft).after;
      return { job: held.job, verdicts, conflicts: 0 };
    },
  };
  return { held, access };
}

const clock = { now: () => submittedAt + 10, sleep: async () => {} };
const order: BatchOrder = {
  action: 'recover',
  filter: { states: ['paused'] },
  recovery: { action: 'retry' },
  ratePerSecond: 1,
};
const batch = newBatch({ id: 'b', order, by: 'ada', expected: { jobs: 1, isMore: false } }, submittedAt);

test('a job that waits for an answer is answered once, and is told as done by whoever asks again after a crash', async () => {
  const asking = play(jobWithRules([rule('*', 'escalate')], [node('pay', [], { retry: { maxAttempts: 1 } })]), [
    [0, claim(0)],
    [1, fail(0)],
  ]);
  const { held, access } = holding(asking);
  expect(await actOnJob(access, clock, batch, asking.id)).toMatchObject({ outcome: 'done' });
  expect(held.job.header.state).toBe('queued');
  const answered = held.job;
  expect(await actOnJob(access, clock, batch, asking.id)).toMatchObject({ outcome: 'done' });
  expect(held.job).toBe(answered);
  expect(held.reads).toBe(2);
});
