import type { Outcome, TopicPublisher } from '../../ports/index.ts';
import { faultOf, firstLine } from './errors.ts';
import { pubSubLimits } from './limits.ts';
import { messageBytes, type PubSubPublisher } from './publisher.ts';

/** Every way a message to a user's topic can go wrong. Users name these codes in `nonRetryable`, so they are part of the interface. */
export const topicFailures = {
  bad_topic: { retryable: false, sentence: 'is no name of a topic' },
  bad_attribute: { retryable: false, sentence: 'cannot be sent the attributes' },
  message_too_large: { retryable: false, sentence: 'cannot be sent the message' },
  topic_unknown: { retryable: false, sentence: 'does not exist' },
  topic_denied: { retryable: false, sentence: 'may not be published to by this service account' },
  message_refused: { retryable: false, sentence: 'did not take the message' },
  topic_unavailable: { retryable: true, sentence: 'could not be reached in time' },
  publish_failed: { retryable: true, sentence: 'could not be published to' },
} as const satisfies Record<string, { retryable: boolean; sentence: string }>;

const codeOfFault = {
  missing: 'topic_unknown',
  denied: 'topic_denied',
  refused: 'message_refused',
  unavailable: 'topic_unavailable',
  unknown: 'publish_failed',
} as const;

/** The topics that users name, short (`orders`) or full (`projects/P/topics/orders`). The message goes as JSON. */
export function createPubSubTopics(publisher: PubSubPublisher): TopicPublisher {
  return {
    async publish(topic, message, attributes) {
      if (!topicName.test(topic))
        return failed('bad_topic', topic, 'write `orders` or `projects/my-project/topics/orders`');
      const wrong = attributeFault(attributes);
      if (wrong !== undefined) return failed('bad_attribute', topic, wrong);
      const text = JSON.stringify(message);
      const bytes = messageBytes(text, attributes);
      if (bytes > pubSubLimits.bytesPerCall)
        return failed('message_too_large', topic, `it has ${bytes} bytes; ${pubSubLimits.bytesPerCall} are the most`);
      try {
        return { kind: 'succeeded', result: { messageId: await publisher.send(topic, { text, attributes }) } };
      } catch (thrown) {
        return failed(codeOfFault[faultOf(thrown)], topic, firstLine(thrown));
      }
    },
  };
}

/** Source: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const topicName = /^(?:projects\/[\w.:-]{1,100}\/topics\/)?[A-Za-z][\w.~+%-]{2,254}$/;

function attributeFault(attributes: Readonly<Record<string, string>>): string | undefined {
  const { attributesPerMessage, attributeKeyBytes, attributeValueBytes } = pubSubLimits;
  const entries = Object.entries(attributes);
  if (entries.length > attributesPerMessage) return `there are ${entries.length}; ${attributesPerMessage} are the most`;
  for (const [key, value] of entries) {
    const named = `\`${key.slice(0, 40)}\``;
    if (key === '') return 'one has an empty name';
    if (key.startsWith('goog')) return `names that begin with \`goog\`, such as ${named}, belong to Google`;
    if (Buffer.byteLength(key) > attributeKeyBytes) return `the name ${named} has more than ${attributeKeyBytes} bytes`;
    if (Buffer.byteLength(value) > attributeValueBytes) return `${named} has more than ${attributeValueBytes} bytes`;
  }
  return undefined;
}

function failed(code: keyof typeof topicFailures, topic: string, reason: string): Outcome {
  const { retryable, sentence } = topicFailures[code];
  const message = `the topic ${topic.slice(0, 300)} ${sentence}: ${reason}`;
  return { kind: 'failed', failure: { code, message, ...(retryable ? {} : { retryable }) } };
}
