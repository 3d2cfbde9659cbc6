import { describe, expect, test } from '@jest/globals';
import { createMemoryQueue } from '../../../shared/adapters/memory/node-queue.ts';
import { handClock } from '../../support/hand-clock.ts';

describe('the memory queue', () => {
  const message = (node: number, priority = 5) => ({ jobId: 'job-1', node, attempt: 1, priority });

  test('a message that waits already is not kept twice', async () => {
    const queue = createMemoryQueue(handClock());
    await queue.publish([message(1), message(1)]);
    await queue.publish([message(1)]);
    expect(queue.take(10)).toEqual([message(1)]);
  });

  test('messages of one priority come in their order, however many', async () => {
    const queue = createMemoryQueue(handClock());
    const all = Array.from({ length: 10_000 }, (_, node) => message(node));
    await queue.publish(all.slice(0, 5_000));
    const taken = [...queue.take(3_333)];
    await queue.publish(all.slice(5_000));
    while (queue.bestRank() !== undefined) taken.push(...queue.take(77));
    expect(taken).toEqual(all);
  });

  test('beyond its limit messages are left out', async () => {
    const queue = createMemoryQueue(handClock(), { messagesMax: 3 });
    await queue.publish([1, 2, 3, 4, 5].map((node) => message(node)));
    expect(queue.take(10)).toHaveLength(3);
    await queue.publish([message(4)]);
    expect(queue.take(10)).toHaveLength(1);
  });
});
