import type { PublisherOptions, PubSubPublisher } from '../adapters/pubsub/publisher.ts';

/** The Pub/Sub SDK is loaded with the first message: many requests send none. */
export function publisherWhenNeeded(options: PublisherOptions): PubSubPublisher {
  let loading: Promise<PubSubPublisher> | undefined;
  let loaded: PubSubPublisher | undefined;

  async function load(): Promise<PubSubPublisher> {
    const { createPublisher } = await import('../adapters/pubsub/publisher.ts');
    loaded = createPublisher(options);
    return loaded;
  }

  return {
    async send(topic, message) {
      loading ??= load();
      return (await loading).send(topic, message);
    },
    flush: async () => (await loading)?.flush(),
    usage: () => loaded?.usage() ?? { messages: 0, bytes: 0, calls: 0 },
    close: async () => (await loading)?.close(),
  };
}
