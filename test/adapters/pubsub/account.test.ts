import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPubSubQueue } from '../../../shared/adapters/pubsub/node-queue.ts';
import { createPublisher } from '../../../shared/adapters/pubsub/publisher.ts';

const before = { ...process.env };

beforeEach(() => {
  // The SDK looks at it by itself.
  delete process.env['PUBSUB_EMULATOR_HOST'];
});
afterEach(() => {
  for (const name of ['PUBSUB_EMULATOR_HOST', 'GOOGLE_APPLICATION_CREDENTIALS']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

test('an account that was not found is looked for again with the next message, and ends no process', async () => {
  const publisher = createPublisher({ projectId: 'my-project', publishMs: 300 });
  const queue = createPubSubQueue(publisher);
  const publish = (jobId: string) => queue.publish([{ jobId, node: 0, attempt: 1, priority: 5 }]);
  for (const file of ['/nowhere-1/key.json', '/nowhere-2/key.json', '/nowhere-3/key.json']) {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = file;
    const reason = { code: 'queue_unavailable', message: expect.stringContaining(dirname(file)) };
    const rejected = { status: 'rejected', reason: expect.objectContaining(reason) };
    const outcomes = await Promise.allSettled([publish('job-1'), publish('job-2')]);
    expect(outcomes).toEqual([rejected, rejected]);
    // A rejection that nobody handles ends the process, and this test with it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await publisher.close();
});
