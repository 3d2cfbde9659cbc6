import { beforeEach, describe, expect, test } from '@jest/globals';
import { createTopicBus } from '../../../shared/adapters/memory/topic-bus.ts';
import { createGuardEvents, type GuardEvent, type GuardEvents } from '../../../shared/engine/guards/guard-events.ts';
import { guardEventsTopic, sendToTopic } from '../../../shared/engine/guards/guard-events-topic.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';

const opened = (name: string, version = 1): GuardEvent => {
  const what = { kind: 'transition', from: 'closed', to: 'open', because: '5 failures in a row' } as const;
  return { ...what, name, version, at: 5, instance: 'engine-1' };
};
const refused = (name: string, guard: 'breaker' | 'bulkhead' = 'breaker', count = 1): GuardEvent => ({
  kind: 'rejection',
  guard,
  name,
  count,
  because: 'it is open',
  at: 5,
});

describe('events of guards', () => {
  let clock: HandClock;
  let sent: (readonly GuardEvent[])[];
  let reported: string[];
  let failure: Error | undefined;
  let events: GuardEvents;

  beforeEach(() => {
    clock = handClock();
    sent = [];
    reported = [];
    failure = undefined;
    events = createGuardEvents({
      clock,
      async send(some) {
        sent.push(some);
        if (failure) throw failure;
      },
      report: (error, context) => void reported.push(`${context}: ${(error as Error).message}`),
    });
  });

  test('a guard that refuses thousands a second tells it once a second, with their number', async () => {
    for (let at = 0; at < 5_000; at++) events.tell(refused('topic:orders'));
    await clock.advance(0);
    for (let at = 0; at < 3_000; at++) events.tell(refused('topic:orders'));
    await clock.advance(999);
    expect(sent).toMatchObject([[{ name: 'topic:orders', count: 5_000 }]]);
    await clock.advance(1);
    expect(sent.slice(1)).toMatchObject([[{ name: 'topic:orders', count: 3_000 }]]);
    await clock.advance(60_000);
    expect(sent).toHaveLength(2);
  });

  test('what happens in one turn goes out together, each guard by itself', async () => {
    events.tell(opened('a'));
    events.tell(refused('a'));
    events.tell(refused('a', 'bulkhead'));
    events.tell({ kind: 'mode', from: 'shared', to: 'records', because: 'Redis is away', at: 6 });
    expect(sent).toEqual([]);
    await clock.advance(0);
    expect(sent.map((some) => some.map(({ kind }) => kind))).toEqual([
      ['transition', 'mode', 'rejection', 'rejection'],
    ]);
  });

  test('what can not be sent is lost, and reported once until it can be again', async () => {
    failure = new Error('no such topic');
    for (let at = 0; at < 3; at++) {
      events.tell(opened('a', at));
      await clock.advance(1_000);
    }
    expect(reported).toEqual(['telling 1 events of guards: no such topic']);
    failure = undefined;
    events.tell(opened('a', 4));
    await clock.advance(1_000);
    expect(sent.at(-1)).toMatchObject([{ version: 4 }]);
    failure = new Error('gone again');
    events.tell(opened('a', 5));
    await clock.advance(1_000);
    expect(reported).toHaveLength(2);
  });

  test('what waits for a sending that takes its time is bounded, and one is under way at a time', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const counts: number[] = [];
    events = createGuardEvents({
      clock,
      send: (some) => {
        counts.push(some.length);
        return held;
      },
      report: () => {},
    });
    events.tell(opened('a'));
    await clock.advance(0);
    for (let at = 0; at < 5_000; at++) {
      events.tell(opened('a', at));
      events.tell(refused(`target ${at}`));
    }
    await clock.advance(10_000);
    expect(counts).toEqual([1]);
    letGo();
    await clock.advance(0);
    expect(counts).toEqual([1, 2_000]);
  });

  test('guards are counted, whatever becomes of their events', async () => {
    failure = new Error('no such topic');
    events.tell(opened('a'));
    events.tell(refused('a', 'breaker', 40));
    events.tell(refused('b', 'bulkhead', 2));
    await clock.advance(0);
    expect(events.guardCounters()).toEqual([
      { guard: 'breaker', name: 'a', rejections: 40, transitions: 1 },
      { guard: 'bulkhead', name: 'b', rejections: 2, transitions: 0 },
    ]);
  });

  test('an instance that ends sends what it has', async () => {
    events.tell(opened('a'));
    await clock.advance(0);
    events.tell(refused('a'));
    await events.close();
    expect(sent).toHaveLength(2);
    expect(clock.sleepers).toBe(0);
  });
});

describe('the topic of events', () => {
  test('a consumer hears each event with what a subscription filters by', async () => {
    const clock = handClock();
    const bus = createTopicBus(clock);
    const heard: unknown[] = [];
    bus.subscribe(guardEventsTopic, ({ message, attributes }) => void heard.push({ message, attributes }));
    const send = sendToTopic(bus, 'engine-7');
    await send([opened('topic:orders'), { ...refused('x'.repeat(400)), count: 3 } as GuardEvent]);
    await clock.advance(0);
    expect(heard).toEqual([
      {
        message: { ...opened('topic:orders'), instance: 'engine-1' },
        attributes: { kind: 'transition', guard: 'breaker', name: 'topic:orders', to: 'open', scope: 'fleet' },
      },
      {
        message: { ...refused('x'.repeat(400)), count: 3, instance: 'engine-7' },
        attributes: { kind: 'rejection', guard: 'breaker', name: 'x'.repeat(250) },
      },
    ]);
  });

  test('that nobody listens is a failure where the topic must be there, and none in one process', async () => {
    const bus = createTopicBus(handClock());
    await expect(sendToTopic(bus, 'engine-7')([opened('a')])).rejects.toMatchObject({ code: 'topic_unknown' });
    await sendToTopic(bus, 'engine-7', { mayBeUnheard: true })([opened('a')]);
  });
});
