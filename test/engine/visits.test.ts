import { describe, expect, test } from '@jest/globals';
import { settingsOf } from '../../shared/engine/parts.ts';
import { createRunningAttempts } from '../../shared/engine/running-attempts.ts';
import { createVisits } from '../../shared/engine/visits.ts';
import { handClock } from '../support/hand-clock.ts';
import { aFleet, call } from './a-fleet.ts';

function visitsOf(options: { invoked: boolean; nodesPerVisit?: number }) {
  const clock = handClock(1_000);
  const attempts = createRunningAttempts(8, 30_000);
  return { clock, attempts, visits: createVisits(clock, settingsOf(options, 'engine-1'), attempts) };
}

describe('visits', () => {
  test('an engine that runs by itself is at home with every job, as far as it has room', () => {
    const { visits } = visitsOf({ invoked: false, nodesPerVisit: 2 });
    expect([visits.isOpen('job'), visits.roomFor('job')]).toEqual([true, 8]);
  });

  test('one that is invoked has room only for jobs that it visits', () => {
    const { visits } = visitsOf({ invoked: true });
    expect([visits.isOpen('job'), visits.roomFor('job')]).toEqual([false, 0]);
    visits.enter('job', 2_000);
    expect([visits.isOpen('job'), visits.roomFor('job')]).toEqual([true, 8]);
    expect([visits.isOpen('other'), visits.roomFor('other')]).toEqual([false, 0]);
  });

  test('a visit is over at its time, though nobody has left yet', async () => {
    const { visits, clock } = visitsOf({ invoked: true });
    visits.enter('job', 2_000);
    await clock.advance(999);
    expect(visits.isOpen('job')).toBe(true);
    await clock.advance(1);
    expect([visits.isOpen('job'), visits.size]).toEqual([false, 1]);
  });

  test('of several visits to a job the last one keeps it open, and leaving twice leaves once', () => {
    const { visits } = visitsOf({ invoked: true });
    const [first, second] = [visits.enter('job', 2_000), visits.enter('job', 2_000)];
    first();
    first();
    expect([visits.isOpen('job'), visits.size]).toEqual([true, 1]);
    second();
    expect([visits.isOpen('job'), visits.size]).toEqual([false, 0]);
  });

  test("the job's share is what it has under way and may begin, and who only stores an outcome does not count", () => {
    const { visits, attempts } = visitsOf({ invoked: true, nodesPerVisit: 3 });
    visits.enter('job', 2_000);
    const begun = [0, 1].map((node) => attempts.add('job', node, 1, 0, 0)!);
    attempts.add('other', 0, 1, 0, 0);
    expect(visits.roomFor('job')).toBe(1);
    begun[0]!.isOver = true;
    expect(visits.roomFor('job')).toBe(2);
    attempts.reserve(7);
    expect(visits.roomFor('job')).toBe(1);
  });
});

describe('an engine that is invoked', () => {
  const calls: string[] = [];
  const handlers = { work: (_: unknown, { nodeId }: { nodeId: string }) => void calls.push(nodeId) };

  test('claims nothing when it takes a job in: what is ready is published', async () => {
    const fleet = aFleet({ handlers });
    const jobId = await fleet.submit({ name: 'order', nodes: [call('a'), call('b', { dependsOn: ['a'] })] });
    await fleet.clock.advance(60_000);
    expect(calls).toEqual([]);
    expect(fleet.published).toMatchObject([{ jobId, node: 0, attempt: 1 }]);
  });

  test('claims nothing when it looks at a job or is called back: what becomes ready is published', async () => {
    const { submit, engines, published, clock, states } = aFleet({ handlers });
    const [{ invocations, signal }] = engines as [(typeof engines)[0]];
    const jobId = await submit({
      name: 'order',
      nodes: [
        { id: 'nap', type: 'delay', delay: '1s' },
        { id: 'word', type: 'signal' },
        call('a', { dependsOn: ['nap'] }),
        call('b', { dependsOn: ['word'] }),
      ],
    });
    await clock.advance(1_000);
    await invocations.checkJobs([jobId]);
    await signal(jobId, { name: 'word', data: null, by: 'ann' });
    await invocations.settled();
    expect(await states(jobId)).toMatchObject({ a: 'ready', b: 'ready' });
    expect(published.map(({ node }) => node)).toEqual([2, 3]);
    expect(calls).toEqual([]);
  });

  test('takes on no more nodes of a job than its share, and publishes the rest', async () => {
    const fleet = aFleet({ handlers, options: { nodesPerVisit: 3, nodesPerParcel: 100 } });
    const nodes = ['b', 'c', 'd', 'e', 'f'].map((id) => call(id, { dependsOn: ['a'] }));
    await fleet.submit({ name: 'order', nodes: [call('a'), ...nodes] });
    const [first] = fleet.takeMessages();
    await fleet.within(1_000, fleet.engines[0]!.invocations.runNodes(first!, fleet.clock.now() + 60_000));
    expect(calls.splice(0)).toEqual(['a', 'b', 'c', 'd']);
    expect(fleet.published.map(({ node }) => node)).toEqual([4, 5]);
  });
});
