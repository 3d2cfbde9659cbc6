import { v1 } from '@google-cloud/pubsub';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOptions } from '../../../shared/adapters/pubsub/client-options.ts';
import { createPubSubTopics } from '../../../shared/adapters/pubsub/topics.ts';
import { guardEventsTopic, sendToTopic } from '../../../shared/engine/guards/guard-events-topic.ts';
import { describeCloud } from '../../support/emulators.ts';
import { aProject } from './a-project.ts';

describeCloud('events of guards on Pub/Sub', () => {
  let project: Awaited<ReturnType<typeof aProject>>;
  let subscriber: v1.SubscriberClient;

  beforeAll(async () => {
    project = await aProject({});
    subscriber = new v1.SubscriberClient(await clientOptions(project.place));
  });
  afterAll(async () => {
    await subscriber.close();
    await project.close();
  });

  /** The emulator takes filters and keeps to none. */
  test('the topic is there, and a subscription hears of everything with what a filter would look at', async () => {
    const { projectId } = project.place;
    const subscription = `projects/${projectId}/subscriptions/events`;
    const topic = `projects/${projectId}/topics/${guardEventsTopic}`;
    await subscriber.createSubscription({ name: subscription, topic });
    const what = { name: 'topic:orders', because: '5 failures in a row', at: 5, instance: 'engine-1' };
    await sendToTopic(
      createPubSubTopics(project.publisher),
      'engine-7',
    )([
      { kind: 'rejection', guard: 'breaker', name: 'topic:orders', count: 9, because: 'it is open', at: 6 },
      { kind: 'transition', ...what, version: 1, from: 'closed', to: 'open' },
      { kind: 'transition', ...what, version: 2, from: 'open', to: 'half_open' },
    ]);
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
    const messages = (receivedMessages ?? []).map(({ message }) => message);
    expect(messages.map((message) => message?.attributes)).toEqual([
      { kind: 'rejection', guard: 'breaker', name: 'topic:orders' },
      { kind: 'transition', guard: 'breaker', name: 'topic:orders', to: 'open', scope: 'fleet' },
      { kind: 'transition', guard: 'breaker', name: 'topic:orders', to: 'half_open', scope: 'fleet' },
    ]);
    expect(messages.map((message) => JSON.parse(String(message?.data)) as object)).toMatchObject([
      { count: 9, instance: 'engine-7' },
      { ...what, version: 1 },
      { ...what, version: 2 },
    ]);
  });
});
