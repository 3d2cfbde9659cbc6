import { describe, expect, test } from '@jest/globals';
import { billOf, type JobBill, priceLists, type Range } from '../../shared/jobs/report/index.ts';
import { claim, fail, jobFrom, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const { regional, multiRegional } = priceLists;
const later = submittedAt + 3_600_000;

const chainOfFive = () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const job = jobOf(...ids.map((id, at) => node(id, at === 0 ? [] : [ids[at - 1]!])));
  return play(
    job,
    ids.flatMap((_, at) => [[at * 20, claim(at)] as const, [at * 20 + 10, succeed(at)] as const]),
  );
};

describe('the bill of a job', () => {
  test('each commit writes the document once, and Firestore costs twice as much in two regions', () => {
    const job = chainOfFive();
    const [here, there] = [billOf(job, regional, later), billOf(job, multiRegional, later)];
    expect(here.writes.job).toEqual({
      least: job.header.version,
      likely: job.header.version,
      most: job.header.version,
    });
    const firestoreUsd = (job.header.version * 0.09 + 0.03 + 0.01) / 100_000;
    expect(here.cost.likely.firestoreUsd).toBeCloseTo(firestoreUsd, 12);
    expect(there.cost.likely.firestoreUsd).toBeCloseTo(2 * firestoreUsd, 12);
    expect(there.cost.likely.cloudRunUsd).toBe(here.cost.likely.cloudRunUsd);
  });

  test('a lone job pays a begun tenth of a second for each request', () => {
    const { instanceSeconds, requests } = billOf(chainOfFive(), regional, later);
    expect(instanceSeconds.most).toBeCloseTo(0.1 * requests.most, 12);
    expect(instanceSeconds.likely).toBeLessThan(instanceSeconds.most);
  });

  test('an alarm may hold an instance from when the node could start to its end, 90 s at the most', () => {
    const heldOf = (seconds: number) => {
      const job = jobOf({ id: 'wait', type: 'delay', delay: seconds * 1_000 });
      const due = { kind: 'delayDue', node: 0, attempt: 1 } as const;
      const { instanceSeconds, requests } = billOf(play(job, [[seconds * 1_000, due]]), regional, later);
      return instanceSeconds.most - 0.1 * requests.most;
    };
    expect(heldOf(40)).toBeCloseTo(40, 9);
    expect(heldOf(400)).toBeCloseTo(90, 9);
  });

  test('each failure brings an alarm and another message', () => {
    const retry = { strategy: 'fixed', delay: 100, jitter: 'none', maxAttempts: 3 };
    const once = play(jobOf(node('a', [], { retry })), [
      [0, claim(0)],
      [10, succeed(0)],
    ]);
    const again = play(jobOf(node('a', [], { retry })), [
      [0, claim(0)],
      [10, fail(0)],
      [110, { kind: 'retryDue', node: 0, attempt: 1 }],
      [120, claim(0, 2)],
      [130, succeed(0, null, 2)],
    ]);
    expect(billOf(again, regional, later).messages.likely).toBe(billOf(once, regional, later).messages.likely + 2);
  });

  test('a key, a large spec and a large result are documents of their own, whatever is estimated', () => {
    const input = 'x'.repeat(5_000);
    const job = play(jobOf(node('a', [], { input })), [
      [0, claim(0)],
      [10, succeed(0, 'y'.repeat(2_000))],
    ]);
    const keyed = { ...job, header: { ...job.header, idempotency: { key: 'k', fingerprint: 'f' } } };
    const { writes, deletes } = billOf(keyed, regional, later);
    expect(writes).toMatchObject({ key: { likely: 1 }, texts: { least: 2, likely: 2, most: 2 } });
    expect(deletes).toEqual({ least: 4, likely: 4, most: 4 });
  });

  test('bounds stay in order for a wide job that ended with its first commit', () => {
    const nodes = Array.from({ length: 450 }, (_, at) => node(`n${at}`, [], { when: { value: 1, equals: 2 } }));
    const bill = billOf(jobFrom({ name: 'skipped', nodes }), regional, later);
    expect(bill).toMatchObject({
      state: 'completed',
      attempts: 0,
      writes: { pages: { least: 3, likely: 3, most: 3 } },
    });
    expect(rangesOf(bill).filter(({ least, likely, most }) => least > likely || likely > most)).toEqual([]);
  });

  test('a job that nobody has begun has cost its submit, and what runs is counted until now', () => {
    const job = jobOf({ id: 'go', type: 'signal' }, node('a', ['go']));
    const { messages, attempts, instanceSeconds } = billOf(job, regional, later);
    expect({ messages: messages.least, attempts }).toEqual({ messages: 0, attempts: 0 });
    expect(Number.isFinite(instanceSeconds.most)).toBe(true);
  });
});

function rangesOf({ writes, deletes, reads, messages, requests, instanceSeconds }: JobBill): readonly Range[] {
  return [...Object.values(writes), deletes, reads, messages, requests, instanceSeconds];
}
