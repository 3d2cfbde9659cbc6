/** Pub/Sub's limits, and ours. Source: https://cloud.google.com/pubsub/quotas#resource_limits */
export const pubSubLimits = {
  /** Messages of one publish request. */
  messagesPerCall: 1_000,
  /** Bytes of one publish request are 10 MB at most; the rest is room for what surrounds the messages. */
  bytesPerCall: 9_500_000,
  attributesPerMessage: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1_024,
  /** A call with all its retries; whoever waits has a request of its own to answer. */
  publishMs: 10_000,
  /** Jobs whose last announced alarm is remembered, so that it is not announced twice. */
  alarmsRemembered: 10_000,
} as const;
