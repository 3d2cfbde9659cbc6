import { describe, expect, test } from '@jest/globals';
import { topology } from '../../../shared/adapters/pubsub/topology.ts';
import { readDeadLetter } from '../../../shared/edge/push/dead-letter.ts';
import { becomeDeadLetter, deliveryOf } from '../../../shared/wiring/fleet/give-up.ts';
import { aPublisher } from '../../adapters/pubsub/a-publisher.ts';

/** A push as the emulator makes it. */
function pushOf(subscription: string, text = '{"kind":"tick"}'): string {
  const message = { data: Buffer.from(text).toString('base64'), messageId: '7', attributes: { traceparent: '00-1' } };
  return JSON.stringify({ subscription: `projects/p/subscriptions/${subscription}`, message });
}

describe('a push that was not taken', () => {
  test.each(Object.values(topology.subscriptions))('is delivered again as its subscription says: $name', (plan) => {
    expect(deliveryOf(pushOf(plan.name))).toEqual({
      deliveriesMost: plan.maxDeliveryAttempts ?? Infinity,
      retentionMs: 1_000 * plan.retentionSeconds,
      firstBackoffMs: 1_000 * plan.minimumBackoffSeconds,
      mostBackoffMs: 1_000 * plan.maximumBackoffSeconds,
    });
  });

  test('is not delivered again where no subscription of ours sent it, or it cannot be read', () => {
    expect([pushOf('stranger'), 'no push at all'].map(deliveryOf)).toEqual([undefined, undefined]);
  });

  test('becomes a dead letter with its text, its attributes, and what Pub/Sub says of its deliveries', async () => {
    const publisher = aPublisher();
    await becomeDeadLetter(publisher, pushOf('breakwater-nodes-push', 'the text'), 20, () => {});
    const [{ topic, text, attributes }] = publisher.sent as [(typeof publisher.sent)[0]];
    expect({ topic, text, traceparent: attributes['traceparent'] }).toEqual({
      topic: topology.topics.deadLetters,
      text: 'the text',
      traceparent: '00-1',
    });
    expect(readDeadLetter({ kind: 'message', messageId: '8', text, attributes }).reason).toBe(
      'the message was delivered 20 times by breakwater-nodes-push and never acknowledged',
    );
  });

  test('that Pub/Sub does not take as a dead letter is told', async () => {
    const publisher = aPublisher();
    publisher.failWith(new Error('away'));
    const told: string[] = [];
    await becomeDeadLetter(publisher, pushOf('breakwater-nodes-push'), 20, (sentence) => void told.push(sentence));
    expect(told).toEqual(['Message 7 was lost on its way to the dead letters: away']);
  });

  test('that cannot be read is told, and becomes no dead letter', async () => {
    const publisher = aPublisher();
    const told: string[] = [];
    await becomeDeadLetter(publisher, 'no push at all', 20, (sentence) => void told.push(sentence));
    expect([publisher.sent.length, told.length]).toEqual([0, 1]);
  });
});
