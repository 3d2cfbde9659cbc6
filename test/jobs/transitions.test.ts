import { describe, expect, test } from '@jest/globals';
import { BrokenInvariant } from '../../shared/core/assert.ts';
import { moveJob, tell } from '../../shared/jobs/draft.ts';
import { isFinal, jobStates, openDraft, transitions } from '../../shared/jobs/index.ts';
import { aJob } from '../support/a-job.ts';
import { claim, fail, jobOf, node, play, submittedAt } from './a-story.ts';
import { movesOf } from './random-walk.ts';

const pairs = jobStates.flatMap((from) => jobStates.map((to) => ({ from, to })));
const legal = pairs.filter(({ from, to }) => transitions[from].includes(to));
const illegal = pairs.filter(({ from, to }) => from !== to && !transitions[from].includes(to));

describe('J1: the table of transitions', () => {
  const walked = movesOf(15_000);
  const taken = new Set([...walked.map(({ from, to }) => `${from} → ${to}`), told()]);

  test.each(legal)('$from → $to is taken by real events', ({ from, to }) => {
    expect(taken).toContain(`${from} → ${to}`);
  });

  test('whatever happens to a job, it takes no other way', () => {
    expect([...taken].filter((move) => !legal.some(({ from, to }) => move === `${from} → ${to}`))).toEqual([]);
  });

  test.each(illegal)('$from → $to is refused', ({ from, to }) => {
    const draft = openDraft(aJob().withHeader({ state: from }).build(), submittedAt);
    tell(draft, { event: 'checked' });
    expect(() => moveJob(draft, to)).toThrow(BrokenInvariant);
    expect(draft.header.state).toBe(from);
  });

  test('nothing leads out of a final state', () => {
    expect(jobStates.filter(isFinal).flatMap((state) => transitions[state])).toEqual([]);
  });

  test('the matrix is whole: 12 × 12 pairs, of which 12 are no move', () => {
    expect(legal.length + illegal.length + jobStates.length).toBe(144);
  });
});

/** Too rare to be met by walking: what lost its lease is given up while another waits for its retry. */
function told(): string {
  const retry = { strategy: 'fixed', delay: 60_000 };
  const job = jobOf(node('lost', [], { totalTimeout: 1_000, onFailure: 'continue' }), node('failing', [], { retry }));
  const before = play(job, [
    [0, claim(0)],
    [0, claim(1)],
    [1, fail(1)],
    [2, { kind: 'leaseLost', node: 0, attempt: 1, because: 'executorGone', chance: 0 }],
  ]);
  const after = play(before, [[1_000, { kind: 'timedOut', node: 0, attempt: 1, limit: 'totalTimeout', chance: 0 }]]);
  return `${before.header.state} → ${after.header.state}`;
}
