import type { Clock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopicPublisher } from '../../ports/index.ts';

/** What a consumer is given. Delivered at least once: the same `messageId` may come again. */
export interface TopicMessage {
  readonly topic: string;
  readonly messageId: string;
  readonly message: JsonObject;
  readonly attributes: Readonly<Record<string, string>>;
  /** 1 for the first. */
  readonly delivery: number;
}

export type TopicConsumer = (message: TopicMessage) => unknown;

export interface TopicBus extends TopicPublisher {
  /** Every consumer of a topic gets every message. Returns what ends the subscription. */
  subscribe(topic: string, consumer: TopicConsumer): () => void;
}

export interface TopicBusOptions {
  /** Deliveries of one message to one consumer; 5 unless said. */
  readonly deliveriesMax?: number;
  /** Wait before the second delivery in ms, doubled with each one more; 100 unless said. */
  readonly redeliverAfterMs?: number;
  /** Messages under way; one more is refused as `topic_full`. 10,000 unless said. */
  readonly messagesMax?: number;
  /** Told when a consumer has failed with every delivery of a message. */
  readonly onGivenUp?: (message: TopicMessage, error: unknown) => void;
}

/** Topics within one process: what `pubsub` nodes use where there is no Pub/Sub. Messages are lost with the process. */
export function createTopicBus(clock: Clock, options: TopicBusOptions = {}): TopicBus {
  const { deliveriesMax = 5, redeliverAfterMs = 100, messagesMax = 10_000, onGivenUp } = options;
  const consumers = new Map<string, Set<TopicConsumer>>();
  let published = 0;
  let underWay = 0;

  async function deliver(consumer: TopicConsumer, message: TopicMessage): Promise<void> {
    try {
      await consumer(message);
    } catch (error) {
      if (message.delivery >= deliveriesMax) return onGivenUp?.(message, error);
      await clock.sleep(redeliverAfterMs * 2 ** (message.delivery - 1));
      if (!consumers.get(message.topic)?.has(consumer)) return;
      await deliver(consumer, { ...message, delivery: message.delivery + 1 });
    }
  }

  async function deliverToAll(all: readonly TopicConsumer[], message: TopicMessage): Promise<void> {
    underWay++;
    // The publisher goes on first: no consumer runs inside its call.
    await Promise.resolve();
    await Promise.all(all.map((consumer) => deliver(consumer, message)));
    underWay--;
  }

  return {
    subscribe(topic, consumer) {
      const all = consumers.get(topic) ?? new Set();
      consumers.set(topic, all.add(consumer));
      return () => {
        all.delete(consumer);
      };
    },

    async publish(topic, message, attributes) {
      const all = [...(consumers.get(topic) ?? [])];
      if (all.length === 0) return failed('topic_unknown', `nobody consumes the topic ${topic}`, false);
      if (underWay >= messagesMax) return failed('topic_full', `${underWay} messages are under way already`, true);
      const messageId = String(++published);
      void deliverToAll(all, { topic, messageId, message, attributes, delivery: 1 });
      return { kind: 'succeeded', result: { messageId } };
    },
  };
}

function failed(code: string, message: string, retryable: boolean) {
  return { kind: 'failed', failure: { code, message, retryable } } as const;
}
