import { beforeEach, describe, expect, test } from '@jest/globals';
import { nodeAt } from '../../shared/jobs/index.ts';
import { aFleet, call, type HeldFleet } from './a-fleet.ts';

const longMs = 20_000;

describe('an invoked engine that is told to end', () => {
  let fleet: HeldFleet;
  let jobId: string;
  let answered: number | undefined;
  let run: Promise<void>;

  /** One node is under way for long, another for a second. */
  beforeEach(async () => {
    answered = undefined;
    const handlers = { long: () => fleet.clock.sleep(longMs), work: () => fleet.clock.sleep(1_000) };
    fleet = aFleet({ handlers, options: { leaseMs: 60_000 } });
    jobId = await fleet.within(
      5_000,
      fleet.submit({ name: 'two', nodes: [call('a', { handler: 'long' }), call('b')] }),
    );
    const now = fleet.clock.now();
    run = fleet.engines[0]!.invocations.runNodes(fleet.takeMessages().flat(), now + 48_000, now + 57_600);
    void run.then(() => {
      answered = fleet.clock.now() - now;
    });
  });

  test('lets what is under way end within its grace, hands back the rest unharmed, and answers', async () => {
    fleet.engines[0]!.invocations.endBy(fleet.clock.now() + 3_000);
    await fleet.clock.advance(3_500);
    expect(answered).toBeLessThan(3_500);
    expect(await fleet.states(jobId)).toEqual({ a: 'ready', b: 'succeeded' });
    expect(nodeAt((await fleet.store.load(jobId))!, 0)).toMatchObject({ attempt: 1, failures: 0, leaseLosses: 0 });
    expect(fleet.published).toEqual([expect.objectContaining({ jobId, node: 0, attempt: 2 })]);
  });

  test('is done as soon as nothing is under way any more', async () => {
    fleet.engines[0]!.invocations.endBy(fleet.clock.now() + longMs + 10_000);
    await fleet.clock.advance(longMs + 500);
    expect(answered).toBeLessThan(longMs + 500);
    expect(await fleet.states(jobId)).toEqual({ a: 'succeeded', b: 'succeeded' });
  });

  test('gives back what it is brought when its time is over', async () => {
    const { invocations } = fleet.engines[0]!;
    invocations.endBy(fleet.clock.now());
    await fleet.clock.advance(1_000);
    const messages = fleet.published.splice(0);
    const now = fleet.clock.now();
    await fleet.within(1_000, invocations.runNodes(messages, now + 48_000, now + 57_600));
    expect(fleet.published).toEqual(messages);
    expect(messages).toHaveLength(2);
  });
});
