import { createMemoryQueue } from '../../shared/adapters/memory/node-queue.ts';
import { handClock } from '../support/hand-clock.ts';
import { describeNodeQueue } from './node-queue.suite.ts';

describeNodeQueue('the memory queue', () => {
  const clock = handClock();
  return { queue: createMemoryQueue(clock), advance: clock.advance, ageingMs: 5_000 };
});
