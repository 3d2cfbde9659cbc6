import { createMemoryQueue } from '../../shared/adapters/memory/node-queue.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { CodedError } from '../../shared/core/error.ts';
import type { NodeMessage, NodeQueue, NodeSource } from '../../shared/ports/index.ts';
import type { FaultKind } from './faults.ts';
import { pushNode } from './invoke.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

const kinds: readonly FaultKind[] = [
  'failedBefore',
  'timedOutAfter',
  'lost',
  'doubled',
  'late',
  'elsewhere',
  'frozen',
  'diesBefore',
  'diesAfter',
];

/** Messages get lost, come twice, late and in another order, and to another process than the one that sent them. */
export function faultyQueue(
  world: World,
  membrane: Membrane,
  clock: Clock,
): NodeQueue & NodeSource & { deliver(message: NodeMessage): void } {
  const { scheduler, random, settings } = world;
  const queue = createMemoryQueue(clock);
  const deliver = (message: NodeMessage) => membrane.deliver(() => void queue.publish([message]));

  function send(message: NodeMessage, fault: FaultKind | undefined): void {
    if (fault === 'lost' || settings.deaf) return;
    const to = fault === 'elsewhere' ? world.anyProcess() : undefined;
    const bring = () => {
      if (settings.engine.invoked) return void pushNode(world, message);
      return to ? to.deliver(message) : deliver(message);
    };
    const delayMs = fault === 'late' ? random.next() * 20_000 : random.next() < 0.5 ? 0 : random.next() * 5;
    scheduler.at(scheduler.now() + delayMs, bring);
    if (fault === 'doubled') scheduler.at(scheduler.now() + random.next() * 3_000, bring);
  }

  return {
    async publish(messages) {
      if (membrane.dead) return;
      const fault = membrane.faultAt('queue.publish', kinds);
      if (membrane.dead) return;
      if (fault === 'failedBefore') throw new CodedError('queue_unavailable', 'the queue refuses');
      for (const message of messages) send(message, fault);
      if (fault === 'diesAfter') membrane.kill('after queue.publish');
      if (fault === 'timedOutAfter') throw new CodedError('queue_unavailable', 'the queue did not answer');
    },
    onReady: (wake) => queue.onReady(() => membrane.deliver(wake)),
    take(most) {
      if (membrane.dead) return [];
      const taken = queue.take(most);
      if (taken.length > 0 && membrane.faultAt('queue.take', ['diesAfter']) === 'diesAfter')
        membrane.kill('after queue.take');
      return taken;
    },
    bestRank: () => queue.bestRank(),
    deliver,
  };
}
