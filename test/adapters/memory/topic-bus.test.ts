import { describe, expect, test } from '@jest/globals';
import { createTopicBus, type TopicMessage } from '../../../shared/adapters/memory/topic-bus.ts';
import { handClock } from '../../support/hand-clock.ts';

describe('the topic bus', () => {
  const clock = handClock();

  test('a message reaches every consumer of its topic and no other, after the publisher went on', async () => {
    const bus = createTopicBus(clock);
    const heard: string[] = [];
    bus.subscribe('orders', ({ message }) => heard.push(`one ${message['id']}`));
    bus.subscribe('orders', ({ attributes }) => heard.push(`two ${attributes['key']}`));
    bus.subscribe('others', () => heard.push('others'));
    const published = bus.publish('orders', { id: 7 }, { key: 'k' });
    expect(heard).toEqual([]);
    expect(await published).toEqual({ kind: 'succeeded', result: { messageId: '1' } });
    await clock.advance(0);
    expect(heard).toEqual(['one 7', 'two k']);
  });

  test('a topic that nobody consumes is a failure that no retry mends', async () => {
    const bus = createTopicBus(clock);
    const end = bus.subscribe('orders', () => {});
    end();
    expect(await bus.publish('orders', {}, {})).toEqual({
      kind: 'failed',
      failure: { code: 'topic_unknown', message: 'nobody consumes the topic orders', retryable: false },
    });
  });

  test('a consumer that fails is given the message again, later and later', async () => {
    const bus = createTopicBus(clock, { redeliverAfterMs: 100 });
    const start = clock.now();
    const heard: (readonly [number, number])[] = [];
    bus.subscribe('orders', ({ delivery }) => {
      heard.push([delivery, clock.now() - start]);
      if (delivery < 4) throw new Error('not now');
    });
    await bus.publish('orders', {}, {});
    await clock.advance(10_000);
    expect(heard).toEqual([
      [1, 0],
      [2, 100],
      [3, 300],
      [4, 700],
    ]);
  });

  test('after its last delivery a message is given up and somebody is told', async () => {
    const lost: (readonly [TopicMessage, unknown])[] = [];
    const bus = createTopicBus(clock, { deliveriesMax: 3, onGivenUp: (...args) => lost.push(args) });
    let deliveries = 0;
    bus.subscribe('orders', async () => {
      deliveries++;
      throw new Error('never');
    });
    await bus.publish('orders', { id: 1 }, {});
    await clock.advance(100_000);
    expect(deliveries).toBe(3);
    expect(lost).toEqual([
      [expect.objectContaining({ topic: 'orders', message: { id: 1 }, delivery: 3 }), new Error('never')],
    ]);
  });

  test('too many messages under way are refused, and worth a retry', async () => {
    const bus = createTopicBus(clock, { messagesMax: 1 });
    let release = () => {};
    bus.subscribe(
      'orders',
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    await bus.publish('orders', {}, {});
    await clock.advance(0);
    expect(await bus.publish('orders', {}, {})).toMatchObject({ failure: { code: 'topic_full', retryable: true } });
    release();
    await clock.advance(0);
    expect(await bus.publish('orders', {}, {})).toMatchObject({ kind: 'succeeded' });
  });
});
