import { describe, expect, test } from '@jest/globals';
import { aFleet, call, wideJob } from './a-fleet.ts';

const retry = { strategy: 'fixed', delay: '2s', maxAttempts: 2 };

describe('a message that is given up', () => {
  test('costs its nodes an attempt; its text is in the audit, and they are published again', async () => {
    const { submit, takeMessages, engines, states, store } = aFleet({ handlers: { work: () => null } });
    const jobId = await submit({ name: 'order', nodes: [call('a', { retry }), call('b', { retry })] });
    const [message] = takeMessages();
    await engines[0]!.invocations.giveUpMessage(message!, 'what it said');
    expect(await states(jobId)).toEqual({ a: 'ready', b: 'ready' });
    const letters = (await store.readAudit(jobId, 0, 100)).filter(({ event }) => event === 'undeliverable');
    expect(letters.map(({ node, failure }) => [node, failure?.details])).toEqual([
      ['a', { message: 'what it said' }],
      ['b', { message: 'what it said' }],
    ]);
    expect(takeMessages()).toMatchObject([
      [
        { node: 0, attempt: 2 },
        { node: 1, attempt: 2 },
      ],
    ]);
  });

  test('twice costs one attempt', async () => {
    const { submit, takeMessages, engines, states } = aFleet({ handlers: { work: () => null } });
    const jobId = await submit({ name: 'order', nodes: [call('a', { retry })] });
    const [message] = takeMessages();
    await engines[0]!.invocations.giveUpMessage(message!, 'what it said');
    await engines[0]!.invocations.giveUpMessage(message!, 'what it said');
    expect(await states(jobId)).toEqual({ a: 'ready' });
    expect(takeMessages()).toMatchObject([[{ node: 0, attempt: 2 }]]);
  });

  test('leaves alone what somebody holds in a parcel of which the job has not heard', async () => {
    const fleet = aFleet({
      engines: 2,
      options: { nodesPerParcel: 2 },
      handlers: { work: () => fleet.clock.sleep(5_000) },
    });
    const { submit, takeMessages, engines, clock, within, store } = fleet;
    const jobId = await submit(wideJob(4, { retry }));
    const [held, unheld] = takeMessages();
    const work = engines[0]!.invocations.runNodes(held!, clock.now() + 60_000);
    await clock.advance(1_000);
    expect((await store.load(jobId))!.header.tally).toMatchObject({ running: 0, ready: 4 });
    await engines[1]!.invocations.giveUpMessage([...held!, ...unheld!], 'what they said');
    expect((await store.load(jobId))!.header.tally).toMatchObject({ running: 2, ready: 2 });
    await within(60_000, work);
    expect((await engines[1]!.get(jobId))!.header.tally).toMatchObject({ succeeded: 2, ready: 2 });
  });

  test('of a job that nobody knows ends politely', async () => {
    const { engines, reports } = aFleet();
    await engines[0]!.invocations.giveUpMessage([{ jobId: 'nobody', node: 0, attempt: 1, priority: 5 }], 'text');
    expect(reports).toEqual([]);
  });
});
