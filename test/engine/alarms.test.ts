import { expect, test } from '@jest/globals';
import { aFleet, call } from './a-fleet.ts';

const delays = (...seconds: readonly number[]) => ({
  name: 'naps',
  nodes: seconds.map((each) => ({ id: `after${each}`, type: 'delay', delay: `${each}s` })),
});

/** Holds every alarm until it is due and has its job looked at, as a fleet's door does; no sweep ever comes. */
async function ringUntil(fleet: ReturnType<typeof aFleet>, untilMs: number): Promise<void> {
  for (;;) {
    const due = fleet.alarms.filter(({ nextCheckAt }) => nextCheckAt <= untilMs);
    if (due.length === 0) return;
    const [first] = due.sort((a, b) => a.nextCheckAt - b.nextCheckAt);
    fleet.alarms.splice(fleet.alarms.indexOf(first!), 1);
    await fleet.clock.advance(Math.max(0, first!.nextCheckAt - fleet.clock.now()));
    await fleet.engines[0]!.invocations.checkJobs([first!.jobId]);
  }
}

test('of several waits of one job each is announced in its turn, and ends when it is due', async () => {
  const fleet = aFleet();
  const begun = fleet.clock.now();
  const jobId = await fleet.submit(delays(5, 20, 40, 70, 130));
  await ringUntil(fleet, begun + 200_000);
  const ends = (await fleet.store.readAudit(jobId, 0, 100)).filter(({ event }) => event === 'delayDue');
  expect(ends.map(({ node, at }) => [node, at - begun])).toEqual([
    ['after5', 5_000],
    ['after20', 20_000],
    ['after40', 40_000],
    ['after70', 70_000],
    ['after130', 130_000],
  ]);
});

test('a look that comes too early announces the moment that is right', async () => {
  const fleet = aFleet();
  const jobId = await fleet.submit(delays(30));
  fleet.alarms.length = 0;
  await fleet.engines[0]!.invocations.checkJobs([jobId]);
  expect(fleet.alarms).toEqual([{ jobId, nextCheckAt: fleet.clock.now() + 30_000 }]);
});

test('nobody is woken for a lease that its executor renews', async () => {
  const fleet = aFleet({ handlers: { work: () => fleet.clock.sleep(50_000) } });
  const jobId = await fleet.submit({ name: 'busy', nodes: [call('a')] });
  const work = fleet.engines[0]!.invocations.runNodes(fleet.takeMessages()[0]!, fleet.clock.now() + 100_000);
  await fleet.clock.advance(1_000);
  await fleet.engines[0]!.invocations.checkJobs([jobId]);
  expect(fleet.alarms).toEqual([]);
  await fleet.within(100_000, work);
});
