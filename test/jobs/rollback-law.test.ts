import { describe, expect, test } from '@jest/globals';
import {
  isFinal,
  type Job,
  nodeAt,
  nodeIdAt,
  nodeIndices,
  openDraft,
  replayAudit,
  statesOf,
  transitions,
  viewDraft,
} from '../../shared/jobs/index.ts';
import { decodeJob, encodePage, resultsApart } from '../../shared/jobs/record/index.ts';
import { type WalkStep, walkRollback } from './rollback-walk.ts';

const seeds = Array.from({ length: 400 }, (_, seed) => seed + 1);

/** Of every walk all steps, looked at by one law. */
function walkAll(
  law: (step: WalkStep, seed: number) => void,
  atEnd: (job: Job, lines: WalkStep['lines'], seed: number) => void = () => {},
) {
  for (const seed of seeds) {
    let lines: WalkStep['lines'] = [];
    const job = walkRollback(seed, (step) => {
      lines = step.lines;
      law(step, seed);
    });
    atEnd(job, lines, seed);
  }
}

/** Undone ids and how their compensation ended, as the audit has it. */
const endingsOf = (lines: WalkStep['lines'], id: string) =>
  lines.filter(({ node, to }) => node === `undo(${id})` && (to === 'succeeded' || to === 'skipped'));

function compensable(job: Job): { id: string; place: number; index: number }[] {
  return nodeIndices(job).flatMap((index) => {
    const id = nodeIdAt(job, index);
    if (id.startsWith('undo(')) return [];
    const place = job.spec.nodes.findIndex((node) => node.id === id.replace(/\[\d+\]$/, ''));
    const spec = job.spec.nodes[place]!;
    const call = spec.type === 'map' ? (index === place ? undefined : spec.node) : spec;
    return call && 'compensate' in call ? [{ id, place, index }] : [];
  });
}

/** Places that are built on this one, however far. */
function builtOn(job: Job, place: number): Set<number> {
  const { id } = job.spec.nodes[place]!;
  const found = new Set<number>();
  job.spec.nodes.forEach((node, other) => {
    if (!node.dependsOn?.includes(id)) return;
    found.add(other);
    for (const further of builtOn(job, other)) found.add(further);
  });
  return found;
}

describe('whenever a job is rolled back', () => {
  test('every completed node is compensated at most once, and all of them when the rollback ends', () => {
    let ended = 0;
    walkAll(
      () => {},
      (job, lines, seed) => {
        expect([seed, isFinal(job.header.state)]).toEqual([seed, true]);
        const isWhole =
          lines.some(({ event }) => event === 'rolledBack') && !lines.some(({ event }) => event === 'cancelled');
        if (isWhole) ended++;
        for (const { id, index } of compensable(job)) {
          const count = endingsOf(lines, id).length;
          const isDue = isWhole && nodeAt(job, index).state === 'succeeded';
          expect([seed, id, count <= 1, isDue ? count : 1]).toEqual([seed, id, true, 1]);
          if (nodeAt(job, index).state !== 'succeeded') expect([seed, id, count]).toEqual([seed, id, 0]);
        }
      },
    );
    expect(ended).toBeGreaterThan(200);
  });

  test('nothing is compensated before everything that was built on it', () => {
    let seen = 0;
    walkAll(({ before, after, lines }, seed) => {
      const news = lines.slice(before.header.auditCount);
      for (const line of news) {
        if (line.to !== 'ready' || line.event !== 'unblocked' || !line.node?.startsWith('undo(')) continue;
        const all = compensable(after);
        const own = all.find(({ id }) => `undo(${id})` === line.node)!;
        const above = builtOn(after, own.place);
        for (const other of all) {
          if (!above.has(other.place) || nodeAt(after, other.index).state !== 'succeeded') continue;
          seen++;
          const earlier = endingsOf(lines, other.id).filter(({ seq }) => seq < line.seq);
          expect([seed, line.node, other.id, earlier.length]).toEqual([seed, line.node, other.id, 1]);
        }
      }
    });
    expect(seen).toBeGreaterThan(100);
  });

  test('J5: the lines replayed give the stored states after every step', () => {
    walkAll(({ after, lines }, seed) => {
      const told = replayAudit(
        after.spec.nodes.map(({ id }) => id),
        lines,
      );
      const is = statesOf(after);
      expect([seed, told.state, [...told.nodes].sort()]).toEqual([seed, is.state, [...is.nodes].sort()]);
    });
  });

  test('J1: the job moves along the table, and out of a final state only with a new run', () => {
    walkAll(({ before, after, lines }, seed) => {
      let state = before.header.state;
      for (const { job } of lines.slice(before.header.auditCount)) {
        if (job === undefined || job === state) continue;
        expect([seed, state, job, transitions[state].includes(job)]).toEqual([seed, state, job, true]);
        state = job;
      }
      if (isFinal(before.header.state) && before !== after) expect(after.header.run).toBe((before.header.run ?? 1) + 1);
    });
  });

  test('what is read back from a store is what was stored, and what follows from it is the same', () => {
    walkAll(({ after }, seed) => {
      if (!after.header.rollbacks || seed > 300) return;
      const stored = {
        spec: JSON.stringify(after.spec),
        header: JSON.stringify(after.header),
        pages: after.pages.map((page) => encodePage(page)),
        results: resultsApart(after.pages),
      };
      const read = decodeJob(after.id, stored);
      expect(read.header).toEqual(after.header);
      expect(read.pages).toEqual(after.pages);
      expect(nodeIndices(read).map((index) => nodeIdAt(read, index))).toEqual(
        nodeIndices(after).map((index) => nodeIdAt(after, index)),
      );
      expect(viewDraft(openDraft(read, 0))).toBe(read);
    });
  });
});
