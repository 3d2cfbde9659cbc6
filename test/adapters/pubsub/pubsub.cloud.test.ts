import { afterEach, expect, test } from '@jest/globals';
import { ensureTopics } from '../../../shared/adapters/pubsub/ensure-topics.ts';
import { createPubSubQueue } from '../../../shared/adapters/pubsub/node-queue.ts';
import { createPublisher, type PubSubPublisher } from '../../../shared/adapters/pubsub/publisher.ts';
import { createPubSubTopics } from '../../../shared/adapters/pubsub/topics.ts';
import type { DeadLetter } from '../../../shared/edge/push/dead-letter.ts';
import type { PushedMessage } from '../../../shared/edge/push/parse-push.ts';
import { createPushReceiver } from '../../../shared/edge/push/receive-pushes.ts';
import type { NodeMessage } from '../../../shared/ports/index.ts';
import { describeCloud, pubsubHost, uniqueProject } from '../../support/emulators.ts';
import { aProject } from './a-project.ts';
import { aPushServer } from './push-server.ts';
import { until } from './until.ts';

const message = (node: number, priority = 5): NodeMessage => ({ jobId: 'job-1', node, attempt: 1, priority });

describeCloud("the Pub/Sub adapter on Google's emulator", () => {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  async function opened<Closable extends { close(): Promise<void> }>(closable: Promise<Closable>): Promise<Closable> {
    const made = await closable;
    open.push(() => made.close());
    return made;
  }

  async function anEmptyProject(): Promise<PubSubPublisher> {
    const publisher = createPublisher({ projectId: uniqueProject(), emulatorHost: pubsubHost() });
    return opened(Promise.resolve(publisher));
  }

  test('J6: a push that is answered with a failure comes again', async () => {
    let pushes = 0;
    const nodes = async () => {
      if (++pushes === 1) throw new Error('the store is away');
    };
    const { publisher } = await opened(aProject({ 'execute-nodes': { nodes } }));
    await createPubSubQueue(publisher).publish([message(1)]);
    await until(() => pushes >= 2);
    expect(pushes).toBe(2);
  });

  test('what is never acknowledged becomes a dead letter that still says its nodes', async () => {
    const letters: DeadLetter[] = [];
    const alarms = () => Promise.reject(new Error('no'));
    const deadLetter = async (letter: DeadLetter) => void letters.push(letter);
    const { publisher } = await opened(aProject({ 'retry-scheduler': { alarms }, 'dead-letters': { deadLetter } }));
    // Alarms are given up soonest; what is in the message does not matter to Pub/Sub.
    await publisher.send('breakwater-alarms', {
      text: '{"schema":1,"kind":"alarms","alarms":[["job-1",1]]}',
      attributes: {},
    });
    await until(() => letters.length > 0, 40_000);
    expect(letters).toMatchObject([
      { nodes: [], reason: expect.stringContaining('delivered 5 times by breakwater-alarms-push') },
    ]);
  }, 60_000);

  test('a thousand nodes of a job go out as ten messages in one call', async () => {
    const { publisher } = await opened(aProject({}));
    await createPubSubQueue(publisher).publish(Array.from({ length: 1_000 }, (_, node) => message(node)));
    expect(publisher.usage()).toMatchObject({ messages: 10, calls: 1 });
    expect(publisher.usage().bytes).toBeLessThan(12_000);
  });

  test('after a flush all is sent that nobody has waited for', async () => {
    const { publisher } = await opened(aProject({}));
    const queue = createPubSubQueue(publisher);
    for (const priority of [1, 5, 9]) void queue.publish([message(1, priority)]);
    expect(publisher.usage().messages).toBe(0);
    await publisher.flush();
    expect(publisher.usage()).toMatchObject({ messages: 3, calls: 3 });
  });

  test('a message carries its job, its priority and the trace it belongs to', async () => {
    const pushes: PushedMessage[] = [];
    const nodes = async (_: unknown, push: PushedMessage) => void pushes.push(push);
    const { publisher } = await opened(aProject({ 'execute-nodes': { nodes } }));
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await createPubSubQueue(publisher, { traceparent: () => traceparent }).publish([message(1, 9)]);
    await until(() => pushes.length > 0);
    expect(pushes).toMatchObject([
      {
        attributes: { jobId: 'job-1', priority: '9', traceparent },
        subscription: expect.stringMatching(/\/breakwater-nodes-high-push$/),
      },
    ]);
  });

  test('a topic that nobody has made is a coded error that names it and says how it is made', async () => {
    const queue = createPubSubQueue(await anEmptyProject());
    await expect(queue.publish([message(1)])).rejects.toMatchObject({
      code: 'queue_missing',
      message: expect.stringMatching(/breakwater-nodes .*terraform apply/),
    });
  });

  test('a message to a topic of a user arrives as JSON with its attributes', async () => {
    const got: unknown[] = [];
    const tick = async ({ text, attributes }: PushedMessage) => void got.push([text, attributes]);
    const { publisher, place } = await opened(aProject({ 'recovery-sweep': { tick } }));
    const topic = `projects/${place.projectId}/topics/breakwater-ticks`;
    const outcome = await createPubSubTopics(publisher).publish(topic, { order: 'ä' }, { kind: 'order' });
    await until(() => got.length > 0);
    expect(outcome).toEqual({ kind: 'succeeded', result: { messageId: expect.stringMatching(/^\d+$/) } });
    expect(got).toEqual([['{"order":"ä"}', { kind: 'order' }]]);
  });

  test('a user who names a topic that is not there is told so once and for all', async () => {
    const topics = createPubSubTopics(await anEmptyProject());
    expect(await topics.publish('orders', {}, {})).toMatchObject({
      kind: 'failed',
      failure: { code: 'topic_unknown', retryable: false },
    });
  });

  test('made a second time, the subscriptions push to where the doors are now', async () => {
    const { publisher, place } = await opened(aProject({}));
    const pushes: PushedMessage[] = [];
    const receiver = createPushReceiver({ tick: async (push) => void pushes.push(push) }, () => {});
    const moved = await opened(aPushServer(async (request) => (await receiver.receive(request)).status));
    await ensureTopics({ ...place, urlOf: () => moved.url });
    await publisher.send('breakwater-ticks', { text: 'tick', attributes: {} });
    await until(() => pushes.length > 0);
    expect(pushes).toHaveLength(1);
  });
});
