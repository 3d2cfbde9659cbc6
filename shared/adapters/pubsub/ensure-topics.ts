import { v1 } from '@google-cloud/pubsub';
import { fieldOf } from '../../core/error.ts';
import { boundedCall, clientOptions, type PubSubPlace } from './client-options.ts';
import { queueFailure } from './errors.ts';
import { fullName } from './publisher.ts';
import { type PushDoor, type SubscriptionPlan, topology } from './topology.ts';

export interface EnsureTopicsOptions extends PubSubPlace {
  /** Where Pub/Sub pushes to. */
  readonly urlOf: (door: PushDoor) => string;
}

/**
 * Makes the topics and push subscriptions of the table where they do not exist, and points existing ones to the doors' URLs. For
 * emulators: in a project of Google's, Terraform makes them, with the push identity and the grants they need.
 */
export async function ensureTopics(options: EnsureTopicsOptions): Promise<void> {
  const made = await clientOptions(options);
  const publisher = new v1.PublisherClient(made);
  const subscriber = new v1.SubscriberClient(made);
  try {
    const topics = Object.values(topology.topics);
    await Promise.all(topics.map((topic) => ensureTopic(publisher, fullName(options.projectId, topic))));
    const plans = Object.values(topology.subscriptions);
    await Promise.all(plans.map((plan) => ensureSubscription(subscriber, options, plan)));
  } finally {
    await Promise.all([publisher.close(), subscriber.close()]);
  }
}

async function ensureTopic(publisher: v1.PublisherClient, name: string): Promise<void> {
  try {
    await publisher.createTopic({ name }, boundedCall());
  } catch (thrown) {
    if (!isThere(thrown)) throw queueFailure(name, thrown);
  }
}

async function ensureSubscription(
  subscriber: v1.SubscriberClient,
  { projectId, urlOf }: EnsureTopicsOptions,
  plan: SubscriptionPlan,
): Promise<void> {
  const name = `projects/${projectId}/subscriptions/${plan.name}`;
  const topic = fullName(projectId, topology.topics[plan.topic]);
  const pushConfig = { pushEndpoint: urlOf(plan.door) };
  try {
    await subscriber.createSubscription({ name, topic, pushConfig, ...deliveryOf(projectId, plan) }, boundedCall());
  } catch (thrown) {
    if (!isThere(thrown)) throw queueFailure(topic, thrown);
    await subscriber.modifyPushConfig({ subscription: name, pushConfig }, boundedCall());
  }
}

function deliveryOf(projectId: string, plan: SubscriptionPlan) {
  const { maxDeliveryAttempts } = plan;
  const deadLetterTopic = fullName(projectId, topology.topics.deadLetters);
  return {
    ackDeadlineSeconds: plan.ackDeadlineSeconds,
    messageRetentionDuration: { seconds: plan.retentionSeconds },
    retryPolicy: {
      minimumBackoff: { seconds: plan.minimumBackoffSeconds },
      maximumBackoff: { seconds: plan.maximumBackoffSeconds },
    },
    ...(maxDeliveryAttempts !== null && { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts } }),
  };
}

/** gRPC's ALREADY_EXISTS. */
const isThere = (thrown: unknown): boolean => fieldOf(thrown, 'code') === 6;
