/** What pushes look like when they arrive: taken down from the emulator and the real functions-framework. */
const subscription = 'projects/dev/subscriptions/sub-raw';
const data = 'eyJoZWxsbyI6InfDtnJsZCJ9';
const attributes = { priority: '5', jobId: 'j1' };
const publishTime = '2026-11-21T14:51:58.822Z';

export const text = '{"hello":"wörld"}';

/** Pub/Sub's own envelope, from the emulator. */
export const envelope = {
  subscription,
  message: { publishTime, data, publish_time: publishTime, messageId: '1', attributes, message_id: '1' },
};

/** A message of attributes only; Google's Pub/Sub leaves `data` out, the emulator sends an empty one. */
export const withoutData = {
  subscription,
  message: {
    publishTime: '2026-11-21T14:51:58.844Z',
    data: '',
    publish_time: '2026-11-21T14:51:58.844Z',
    messageId: '2',
    attributes: { only: 'attributes' },
    message_id: '2',
  },
};

/** What a CloudEvent function of the functions-framework is given for `envelope`. `withoutData` it is given as it is. */
export const frameworkEvent = {
  id: '1',
  time: publishTime,
  specversion: '1.0',
  datacontenttype: 'application/json',
  type: 'google.cloud.pubsub.topic.v1.messagePublished',
  source: '//pubsub.googleapis.com/',
  data: {
    message: {
      '@type': 'type.googleapis.com/google.pubsub.v1.PubsubMessage',
      data,
      attributes,
      publishTime,
      messageId: '1',
    },
  },
};

/** A dead letter, from the emulator after 5 deliveries. */
export const deadLetter = {
  subscription: 'projects/dev/subscriptions/deads',
  message: {
    publishTime: '2026-11-21T14:53:17.904Z',
    data: Buffer.from('{"schema":1,"kind":"nodes","jobId":"j1","nodes":[[3,2],[4,1]],"priority":5}').toString('base64'),
    publish_time: '2026-11-21T14:53:17.904Z',
    messageId: '8',
    attributes: {
      jobId: 'j1',
      CloudPubSubDeadLetterSourceSubscription: 'breakwater-nodes-push',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'dev',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceTopicPublishTime: '2026-11-21T14:53:04.921Z',
    },
    message_id: '8',
  },
};

/** As Google documents what its own Pub/Sub adds: https://cloud.google.com/pubsub/docs/push */
export const documented = {
  deliveryAttempt: 3,
  message: { ...envelope.message, orderingKey: 'key' },
  subscription,
};

/** The headers of a CloudEvent in binary mode, whose body is then the envelope: https://cloud.google.com/eventarc/docs/cloudevents */
export const binaryHeaders = {
  'content-type': 'application/json',
  'ce-id': '1',
  'ce-specversion': '1.0',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  'ce-source': '//pubsub.googleapis.com/projects/dev/topics/topic-one',
  'ce-time': publishTime,
};

/** A push of ours. */
export function pushOf(message: string, messageId = '7'): { body: unknown; headers: Record<string, string> } {
  return {
    body: { subscription, message: { data: Buffer.from(message).toString('base64'), messageId, publishTime } },
    headers: { 'content-type': 'application/json' },
  };
}
