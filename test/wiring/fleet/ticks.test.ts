import { describe, expect, test } from '@jest/globals';
import { topology } from '../../../shared/adapters/pubsub/topology.ts';
import { decodeMessage } from '../../../shared/jobs/message/index.ts';
import { startTicks } from '../../../shared/wiring/fleet/ticks.ts';
import { aPublisher } from '../../adapters/pubsub/a-publisher.ts';
import { handClock } from '../../support/hand-clock.ts';

describe('the ticks', () => {
  test('ask for a sweep once a period, for the first time after the first one', async () => {
    const [clock, publisher] = [handClock(), aPublisher()];
    const ticks = startTicks(clock, publisher, { everyMs: 60_000, report: () => {} });
    await clock.advance(59_999);
    expect(publisher.sent).toEqual([]);
    await clock.advance(1);
    await clock.advance(120_000);
    await ticks.stop();
    expect(publisher.sent.map(({ topic }) => topic)).toEqual(Array(3).fill(topology.topics.ticks));
    expect(publisher.sent.map(({ text }) => decodeMessage(text).kind)).toEqual(Array(3).fill('tick'));
  });

  test('that Pub/Sub does not take are told, and the next ones come all the same', async () => {
    const [clock, publisher] = [handClock(), aPublisher()];
    const told: string[] = [];
    publisher.failWith(new Error('away'));
    const ticks = startTicks(clock, publisher, { everyMs: 1_000, report: (sentence) => void told.push(sentence) });
    await clock.advance(2_000);
    publisher.failWith(undefined);
    await clock.advance(1_000);
    await ticks.stop();
    expect(told).toEqual(Array(2).fill('A tick was not taken: away'));
    expect(publisher.sent).toHaveLength(1);
  });

  test('end when they are told to', async () => {
    const [clock, publisher] = [handClock(), aPublisher()];
    const ticks = startTicks(clock, publisher, { everyMs: 1_000, report: () => {} });
    await ticks.stop();
    await clock.advance(10_000);
    expect(publisher.sent).toEqual([]);
  });

  test('of no period never come', async () => {
    const [clock, publisher] = [handClock(), aPublisher()];
    const ticks = startTicks(clock, publisher, { everyMs: 0, report: () => {} });
    await clock.advance(100_000);
    await ticks.stop();
    expect(publisher.sent).toEqual([]);
  });
});
