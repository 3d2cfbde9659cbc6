import { isJsonObject, type JsonObject } from '../../core/json.ts';

/** What a door is called with. The body may have been parsed by whoever took the request, or not. */
export interface PushRequest {
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A Pub/Sub message as it was pushed, whatever it came wrapped in. */
export interface PushedMessage {
  readonly kind: 'message';
  /** Empty for a message without data. */
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly publishedAt?: number;
  readonly subscription?: string;
  /** 1 for the first. Only where the subscription has a dead-letter topic, and never by the emulator. */
  readonly deliveryAttempt?: number;
}

export interface UnreadablePush {
  readonly kind: 'unreadable';
  readonly because: 'bodyNotJson' | 'notAPush' | 'otherEvent' | 'dataNotBase64';
  readonly message: string;
}

/**
 * Reads a push in every form in which it reaches a door: Pub/Sub's own envelope, a CloudEvent in binary or structured mode, and the
 * CloudEvent that the functions-framework makes of an envelope (without subscription and delivery attempt, and only if the message has
 * data: another one it hands on as it is). Never throws.
 */
export function parsePush({ body, headers }: PushRequest): PushedMessage | UnreadablePush {
  const value = readBody(body);
  if (!isJsonObject(value)) return unreadable('bodyNotJson', 'the body is no JSON object');
  const type = typeof headers['ce-type'] === 'string' ? headers['ce-type'] : value['specversion'] && value['type'];
  if (type && type !== eventType) return unreadable('otherEvent', `the event is a ${String(type).slice(0, 100)}`);
  const envelope = isJsonObject(value['data']) ? value['data'] : value;
  const { message } = envelope;
  if (!isJsonObject(message)) return unreadable('notAPush', 'the body holds no Pub/Sub message');
  return readMessage(message, envelope);
}

const eventType = 'google.cloud.pubsub.topic.v1.messagePublished';

function readMessage(message: JsonObject, envelope: JsonObject): PushedMessage | UnreadablePush {
  const { data = '', attributes, messageId } = message;
  if (typeof messageId !== 'string') return unreadable('notAPush', 'the message has no id');
  if (typeof data !== 'string' || !base64.test(data))
    return unreadable('dataNotBase64', `the data of message ${messageId.slice(0, 100)} is no base64`);
  const publishedAt = Date.parse(String(message['publishTime']));
  const { subscription, deliveryAttempt } = envelope;
  return {
    kind: 'message',
    text: Buffer.from(data, 'base64').toString(),
    attributes: texts(attributes),
    messageId,
    ...(Number.isFinite(publishedAt) && { publishedAt }),
    ...(typeof subscription === 'string' && { subscription }),
    ...(typeof deliveryAttempt === 'number' && { deliveryAttempt }),
  };
}

const base64 = /^[\w+/-]*={0,2}$/;

function readBody(body: unknown): unknown {
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : body;
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function texts(attributes: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(attributes)) return {};
  const entries = Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

function unreadable(because: UnreadablePush['because'], message: string): UnreadablePush {
  return { kind: 'unreadable', because, message };
}
