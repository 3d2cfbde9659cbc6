import { encodeMessage, type NodesMessage, packNodes } from '../../jobs/message/index.ts';
import type { NodeQueue } from '../../ports/index.ts';
import { queueFailure } from './errors.ts';
import type { PubSubPublisher } from './publisher.ts';
import { nodesTopicOf } from './topology.ts';

export interface PubSubQueueOptions {
  /** The W3C trace context of what is going on, when there is one. */
  readonly traceparent?: () => string | undefined;
}

/**
 * Ready nodes by Pub/Sub: those of one job in one message, a topic for each class of priorities. Resolves once Pub/Sub has all of
 * them; rejects with `queue_unavailable`, `queue_missing`, `queue_denied` or `queue_refused`, and then some may be there all the same.
 */
export function createPubSubQueue(publisher: PubSubPublisher, options: PubSubQueueOptions = {}): NodeQueue {
  async function send(message: NodesMessage, traceparent: string | undefined): Promise<void> {
    const topic = nodesTopicOf(message.priority);
    const attributes = {
      jobId: message.jobId,
      priority: String(message.priority),
      ...(traceparent !== undefined && { traceparent }),
    };
    try {
      await publisher.send(topic, { text: encodeMessage(message), attributes });
    } catch (thrown) {
      throw queueFailure(topic, thrown);
    }
  }

  return {
    async publish(messages) {
      const traceparent = options.traceparent?.();
      await Promise.all(packNodes(messages).map((message) => send(message, traceparent)));
    },
  };
}
