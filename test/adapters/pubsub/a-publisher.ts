import type { OutgoingMessage, PubSubPublisher } from '../../../shared/adapters/pubsub/publisher.ts';

export interface HeldPublisher extends PubSubPublisher {
  readonly sent: (OutgoingMessage & { readonly topic: string })[];
  /** From now on Pub/Sub answers with this. */
  failWith(error: unknown): void;
}

/** A publisher to hold in the hand: it keeps what it is given. */
export function aPublisher(): HeldPublisher {
  const sent: HeldPublisher['sent'] = [];
  let failure: unknown;
  return {
    sent,
    failWith(error) {
      failure = error;
    },
    async send(topic, message) {
      if (failure !== undefined) throw failure;
      return String(sent.push({ topic, ...message }));
    },
    async flush() {},
    usage: () => ({ messages: sent.length, bytes: 0, calls: sent.length }),
    async close() {},
  };
}
