import type { PubSubPublisher } from '../../adapters/pubsub/publisher.ts';
import { type SubscriptionPlan, topology } from '../../adapters/pubsub/topology.ts';
import { messageOf } from '../../core/error.ts';
import { parsePush } from '../../edge/push/parse-push.ts';

/** How a message is delivered that was not taken at once. */
export interface Delivery {
  readonly deliveriesMost: number;
  /** From the first delivery on. */
  readonly retentionMs: number;
  /** Before the second delivery; it doubles with each. */
  readonly firstBackoffMs: number;
  readonly mostBackoffMs: number;
}

/** As the subscription says that a push names. Undefined where it names none of ours. */
export function deliveryOf(body: string): Delivery | undefined {
  const plan = planOf(body);
  return (
    plan && {
      deliveriesMost: plan.maxDeliveryAttempts ?? Infinity,
      retentionMs: plan.retentionSeconds * 1_000,
      firstBackoffMs: plan.minimumBackoffSeconds * 1_000,
      mostBackoffMs: plan.maximumBackoffSeconds * 1_000,
    }
  );
}

/** Hands a message that no door took to the dead letters, with the attributes that Pub/Sub gives it. */
export async function becomeDeadLetter(
  publisher: PubSubPublisher,
  body: string,
  deliveries: number,
  report: (sentence: string) => void,
): Promise<void> {
  const push = parsePush({ body, headers: {} });
  if (push.kind === 'unreadable') return report(push.message);
  const attributes = {
    ...push.attributes,
    CloudPubSubDeadLetterSourceSubscription: planOf(body)?.name ?? '',
    CloudPubSubDeadLetterSourceDeliveryCount: String(deliveries),
  };
  try {
    await publisher.send(topology.topics.deadLetters, { text: push.text, attributes });
  } catch (thrown) {
    report(`Message ${push.messageId} was lost on its way to the dead letters: ${messageOf(thrown)}`);
  }
}

function planOf(body: string): SubscriptionPlan | undefined {
  const push = parsePush({ body, headers: {} });
  const name = push.kind === 'message' ? push.subscription?.split('/').at(-1) : undefined;
  return Object.values(topology.subscriptions).find((plan) => plan.name === name);
}
