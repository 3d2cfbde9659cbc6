import { describe, expect, test } from '@jest/globals';
import { BrokenInvariant } from '../../shared/core/assert.ts';
import { moveJob, tell } from '../../shared/jobs/draft.ts';
import {
  type AuditLine,
  applyToJob,
  isFinal,
  type Job,
  jobStates,
  openDraft,
  transitions,
} from '../../shared/jobs/index.ts';
import { aJob } from '../support/a-job.ts';
import { claim, fail, jobFrom, jobOf, node, play, submittedAt, succeed } from './a-story.ts';
import { movesOf, randomWalk } from './random-walk.ts';
import { recoveryWalk } from './recovery/recovery-walk.ts';
import { walkRollback } from './rollback-walk.ts';

const pairs = jobStates.flatMap((from) => jobStates.map((to) => ({ from, to })));
const legal = pairs.filter(({ from, to }) => transitions[from].includes(to));
const illegal = pairs.filter(({ from, to }) => from !== to && !transitions[from].includes(to));

describe('J1: the table of transitions', () => {
  const walked = movesOf(15_000);
  const taken = new Set([
    ...walked.map(({ from, to }) => `${from} → ${to}`),
    told(),
    toldOfRedrive(),
    ...rolledBack(),
    ...recovered(),
    ...healedAtBirth(),
    ...healedAtRebirth(),
  ]);

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

  test('out of a final state only a redrive leads, a restore or a rollback, as a new run', () => {
    const ways = walkedOutOfEnds();
    expect(new Set(ways.map(({ event }) => event))).toEqual(new Set(['redriven', 'rollbackStarted']));
    expect(ways.filter(({ run, runBefore }) => run !== runBefore + 1)).toEqual([]);
  });

  test('the matrix is whole: 12 × 12 pairs, of which 12 are no move', () => {
    expect(legal.length + illegal.length + jobStates.length).toBe(144);
  });
});

/** Jobs with rules for their recovery, and sessions that operators begin. */
function recovered(): Set<string> {
  const moves = new Set<string>();
  for (let seed = 0; seed < 1_000; seed++) {
    recoveryWalk(seed, ({ change: { before, audit } }) => {
      let from = before.header.state;
      for (const { job } of audit) {
        if (job !== undefined && job !== from) moves.add(`${from} → ${job}`);
        from = job ?? from;
      }
    });
  }
  return moves;
}

/** A node that can't even start fails with the submission, and its rules act with it. */
function healedAtBirth(): string[] {
  const states = ['escalate', 'abort'].map((action) => {
    const nap = { id: 'nap', type: 'delay', delay: '${job.input}', recovery: [{ on: '*', do: action }] };
    return jobFrom({ name: 'no nap', input: 'soon', nodes: [nap] }).header.state;
  });
  return states.map((state) => `pending → ${state}`);
}

/** Neither can it start when it runs again, and its rules act with the redrive. */
function healedAtRebirth(): string[] {
  return ['escalate', 'abort'].flatMap((action) => {
    const nap = { id: 'nap', type: 'delay', delay: '${job.input}', recovery: [{ on: '*', do: action }] };
    const job = jobFrom({ name: 'a nap', input: 1, nodes: [nap, node('work', [], { retry: { maxAttempts: 1 } })] });
    const napped = play(job, [
      [1, { kind: 'delayDue', node: 0, attempt: 1 }],
      [2, claim(1)],
    ]);
    const ends = [succeed(1), fail(1), { kind: 'cancelled', by: 'me' } as const].map((end) => play(napped, [[3, end]]));
    return ends.flatMap((end) => {
      const spec = { ...end.spec, input: 'soon' };
      const after = play(end, [[4, { kind: 'redriven', nodes: [0], spec, by: 'me' }]]);
      return end.header.state === after.header.state ? [] : [`${end.header.state} → ${after.header.state}`];
    });
  });
}

function walkedOutOfEnds() {
  const ways: { event: AuditLine['event']; run: number; runBefore: number }[] = [];
  const look = (before: Job, event: AuditLine['event'], { header: { run = 1 } }: Job) => {
    if (isFinal(before.header.state)) ways.push({ event, run, runBefore: before.header.run ?? 1 });
  };
  for (let seed = 0; seed < 1_000; seed++) {
    randomWalk(seed, (before, event, _, { job }) => job === before || look(before, event.kind, job));
    if (seed < 100)
      walkRollback(seed, ({ before, after, lines }) => look(before, lines[before.header.auditCount]!.event, after));
  }
  return ways;
}

/** Told line by line: a job may pass through a rollback within one event. */
function rolledBack(): string[] {
  const moves = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    let state = 'pending';
    walkRollback(seed, ({ before, lines }) => {
      for (const { job } of lines.slice(before.header.auditCount)) {
        if (job !== undefined && job !== state) moves.add(`${state} → ${job}`);
        state = job ?? state;
      }
    });
  }
  return [...moves];
}

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

/** What was cancelled and runs again can't even start. */
function toldOfRedrive(): string {
  const each = { id: 'each', type: 'map', over: '${job.input}', node: { type: 'function', handler: 'noop' } };
  const before = play(jobFrom({ name: 'story', input: [1], nodes: [each] }), [[0, { kind: 'cancelled', by: 'me' }]]);
  const spec = { ...before.spec, input: 'no list' };
  const after = applyToJob(before, { kind: 'redriven', by: 'me', spec }, submittedAt + 1).job;
  return `${before.header.state} → ${after.header.state}`;
}
