import { describe, expect, test } from '@jest/globals';
import { createPubSubTopics } from '../../../shared/adapters/pubsub/topics.ts';
import { aPublisher } from './a-publisher.ts';

async function codeOf(topic: string, attributes: Record<string, string> = {}, message: object = {}, status?: number) {
  const publisher = aPublisher();
  if (status !== undefined) publisher.failWith(Object.assign(new Error('no'), { code: status }));
  const outcome = await createPubSubTopics(publisher).publish(topic, message as Record<string, string>, attributes);
  if (outcome.kind !== 'failed') return outcome.kind;
  return `${outcome.failure.code}${outcome.failure.retryable === false ? '' : ', worth a retry'}`;
}

describe('a message to a topic of a user', () => {
  test('goes to short and full names, and to no others', async () => {
    for (const topic of ['orders', 'projects/shop/topics/orders', 'projects/example.com:shop/topics/orders'])
      expect(await codeOf(topic)).toBe('succeeded');
    for (const topic of [
      '',
      'ab',
      '1orders',
      'a b c',
      'topics/orders',
      'projects//topics/orders',
      'projects/a/topics/b/c',
      'x'.repeat(256),
    ])
      expect(await codeOf(topic)).toBe('bad_topic');
  });

  test.each<[string, Record<string, string>]>([
    ['101 of them', Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`key${at}`, '']))],
    ['a name of 257 bytes', { [`${'x'.repeat(255)}ä`]: '' }],
    ['an empty name', { '': 'x' }],
    ["a name of Google's", { googclient: 'x' }],
    ['a value of 1,025 bytes', { key: `${'x'.repeat(1_023)}ä` }],
  ])('is not sent with attributes that Pub/Sub refuses: %s', async (_, attributes) => {
    expect(await codeOf('orders', attributes)).toBe('bad_attribute');
  });

  test('is sent with attributes as large as Pub/Sub takes them', async () => {
    expect(await codeOf('orders', { ['x'.repeat(256)]: 'y'.repeat(1_024) })).toBe('succeeded');
  });

  test('is not sent where it is larger than a call may be', async () => {
    expect(await codeOf('orders', {}, { text: 'x'.repeat(9_500_000) })).toBe('message_too_large');
  });

  test.each([
    [5, 'topic_unknown'],
    [7, 'topic_denied'],
    [16, 'topic_denied'],
    [3, 'message_refused'],
    [14, 'topic_unavailable, worth a retry'],
    [4, 'topic_unavailable, worth a retry'],
    [8, 'topic_unavailable, worth a retry'],
    [99, 'publish_failed, worth a retry'],
  ])('says in a code what Pub/Sub answered with status %i: %s', async (status, said) => {
    expect(await codeOf('orders', {}, {}, status)).toBe(said);
  });
});
