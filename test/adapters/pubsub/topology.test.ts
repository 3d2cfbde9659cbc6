import { describe, expect, test } from '@jest/globals';
import { nodesTopicOf, topology } from '../../../shared/adapters/pubsub/topology.ts';
import { guardEventsTopic } from '../../../shared/engine/guards/guard-events-topic.ts';

const subscriptions = Object.entries(topology.subscriptions);

describe('the table of topics', () => {
  test('gives every topic one subscription, whose key and name it shares, but that of events, which is for others', () => {
    const own = Object.keys(topology.topics).filter((key) => key !== 'events');
    expect(topology.topics.events).toBe(guardEventsTopic);
    expect(subscriptions.map(([key]) => key).sort()).toEqual(own.sort());
    for (const [key, { topic, name }] of subscriptions) {
      expect(topic).toBe(key);
      expect(name).toBe(`${topology.topics[topic]}-push`);
    }
  });

  test('keeps to what Pub/Sub takes', () => {
    for (const [, plan] of subscriptions) {
      expect(plan.ackDeadlineSeconds).toBeLessThanOrEqual(600);
      expect(plan.retentionSeconds).toBeGreaterThanOrEqual(600);
      expect(plan.maximumBackoffSeconds).toBeLessThanOrEqual(600);
      expect(plan.minimumBackoffSeconds).toBeLessThanOrEqual(plan.maximumBackoffSeconds);
      if (plan.maxDeliveryAttempts === null) continue;
      expect(plan.maxDeliveryAttempts).toBeGreaterThanOrEqual(5);
      expect(plan.maxDeliveryAttempts).toBeLessThanOrEqual(100);
    }
  });

  test('has a topic for high, normal and low priorities', () => {
    const { nodesHigh, nodes, nodesLow } = topology.topics;
    const topics = Array.from({ length: 10 }, (_, priority) => nodesTopicOf(priority));
    expect(topics).toEqual([nodesLow, nodesLow, nodesLow, nodes, nodes, nodes, nodes, nodesHigh, nodesHigh, nodesHigh]);
  });
});
