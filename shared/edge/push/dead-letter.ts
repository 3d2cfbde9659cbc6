import { decodeMessage, messageLimits, type Unreadable, unpackNodes } from '../../jobs/message/index.ts';
import type { NodeMessage } from '../../ports/index.ts';
import type { PushedMessage } from './parse-push.ts';

/** A message that Pub/Sub gave up to deliver. */
export interface DeadLetter {
  /** The original text; what is longer than any message of ours is cut. */
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** The nodes it speaks of; empty when it names none or cannot be read. */
  readonly nodes: readonly NodeMessage[];
  readonly unreadable?: Unreadable['because'];
  /** For people: how often it was delivered, and to whom. */
  readonly reason: string;
}

export function readDeadLetter({ text, attributes, messageId }: PushedMessage): DeadLetter {
  const message = decodeMessage(text);
  return {
    text: text.slice(0, messageLimits.textChars),
    attributes,
    messageId,
    nodes: message.kind === 'nodes' ? unpackNodes(message) : [],
    ...(message.kind === 'unreadable' && { unreadable: message.because }),
    reason: reasonOf(attributes),
  };
}

/** Pub/Sub says how often and from where, not why: each delivery was refused or took too long. */
function reasonOf(attributes: Readonly<Record<string, string>>): string {
  const deliveries = attributes['CloudPubSubDeadLetterSourceDeliveryCount'];
  const subscription = attributes['CloudPubSubDeadLetterSourceSubscription'];
  const times = deliveries === undefined ? 'too often' : `${deliveries.slice(0, 10)} times`;
  const place = subscription === undefined ? '' : ` by ${subscription.slice(0, 200)}`;
  return `the message was delivered ${times}${place} and never acknowledged`;
}
