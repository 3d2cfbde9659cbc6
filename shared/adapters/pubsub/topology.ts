import plan from './topology.json' with { type: 'json' };

/**
 * Every topic and push subscription that Breakwater has. The table is JSON, so that Terraform makes the same from the same file.
 *
 * - `ackDeadlineSeconds` is Pub/Sub's longest: a door works, or holds its alarms, within its request.
 * - Nodes: with 20 deliveries a store may be away for about a quarter of an hour before an attempt is given up. An hour of retention
 *   is plenty, since the sweep publishes again what is still ready.
 * - Alarms and ticks are worth nothing once the next tick has come, so they are kept as short as Pub/Sub allows. A tick that fails is
 *   followed by the next one and needs no dead letter.
 * - Events of guards are for whoever wants to know: nothing of ours subscribes to them.
 * - Dead letters have no dead letters of their own: they wait a week for a door that works.
 */
export const topology = plan as Topology;

export interface Topology {
  readonly topics: Readonly<Record<TopicKey, string>>;
  readonly subscriptions: Readonly<Record<string, SubscriptionPlan>>;
}

export type TopicKey = keyof typeof plan.topics;
export type PushDoor = 'execute-nodes' | 'retry-scheduler' | 'recovery-sweep' | 'dead-letters';

export interface SubscriptionPlan {
  readonly name: string;
  readonly topic: TopicKey;
  readonly door: PushDoor;
  readonly ackDeadlineSeconds: number;
  /** How long a message that nobody acknowledges is kept. */
  readonly retentionSeconds: number;
  readonly minimumBackoffSeconds: number;
  readonly maximumBackoffSeconds: number;
  /** Then it becomes a dead letter; null where it is delivered until its retention ends. */
  readonly maxDeliveryAttempts: number | null;
}

/** The topic of a priority: 7 to 9, 3 to 6, 0 to 2. */
export function nodesTopicOf(priority: number): string {
  if (priority >= 7) return topology.topics.nodesHigh;
  return priority >= 3 ? topology.topics.nodes : topology.topics.nodesLow;
}
