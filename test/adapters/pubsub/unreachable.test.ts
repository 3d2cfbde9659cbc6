import { afterEach, expect, test } from '@jest/globals';
import { createPubSubQueue } from '../../../shared/adapters/pubsub/node-queue.ts';
import { createPublisher } from '../../../shared/adapters/pubsub/publisher.ts';
import { createPubSubTopics } from '../../../shared/adapters/pubsub/topics.ts';

/** Nothing listens at port 1. */
const publisher = () => createPublisher({ projectId: 'dev', emulatorHost: '127.0.0.1:1', publishMs: 300 });
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function opened() {
  const made = publisher();
  open.push(made);
  return made;
}

test('a queue that cannot be reached says so within its bound', async () => {
  const start = performance.now();
  const publication = createPubSubQueue(opened()).publish([{ jobId: 'job-1', node: 0, attempt: 1, priority: 5 }]);
  await expect(publication).rejects.toMatchObject({
    code: 'queue_unavailable',
    message: expect.stringContaining('breakwater-nodes'),
  });
  expect(performance.now() - start).toBeLessThan(3_000);
});

test('a topic that cannot be reached is a failure that is worth a retry', async () => {
  const outcome = await createPubSubTopics(opened()).publish('orders', {}, {});
  expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'topic_unavailable' } });
  expect(outcome).not.toHaveProperty('failure.retryable');
});

test('after the close nothing is sent any more', async () => {
  const made = opened();
  await made.close();
  await expect(made.send('orders', { text: '', attributes: { a: 'b' } })).rejects.toMatchObject({
    code: 'queue_closed',
  });
});
