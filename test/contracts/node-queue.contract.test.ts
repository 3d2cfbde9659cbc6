import { createMemoryQueue } from '../../shared/adapters/memory/node-queue.ts';
import type { NodeMessage } from '../../shared/ports/index.ts';
import { handClock } from '../support/hand-clock.ts';
import { describeNodeQueue, describeNodeSource } from './node-queue.suite.ts';

describeNodeQueue('the memory queue', async () => {
  const queue = createMemoryQueue(handClock());
  const taken: NodeMessage[] = [];
  return {
    queue,
    delivered: () => taken,
    async untilDelivered() {
      taken.push(...queue.take(10_000));
    },
  };
});

describeNodeSource('the memory queue', () => {
  const clock = handClock();
  return { queue: createMemoryQueue(clock), advance: clock.advance, ageingMs: 5_000 };
});
