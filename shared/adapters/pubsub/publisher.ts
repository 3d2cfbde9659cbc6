import { CodedError } from '../../core/error.ts';
import { boundedCall, type PubSubPlace } from './client-options.ts';
import { createConnection } from './connect.ts';
import { pubSubLimits } from './limits.ts';

export interface OutgoingMessage {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface PubSubPublisher {
  /** Resolves with the message's id once Pub/Sub has it. What one turn of the event loop sends to a topic goes in one call. */
  send(topic: string, message: OutgoingMessage): Promise<string>;
  /** Resolves when all that was sent so far has been answered, well or not. A door waits for it before it answers itself. */
  flush(): Promise<void>;
  usage(): PubSubUsage;
  /** After a flush. Nothing can be sent from then on. */
  close(): Promise<void>;
}

/** Counted since the publisher was made; what Pub/Sub did not take counts as a call only. Pub/Sub charges 1,000 bytes a call at least. */
export interface PubSubUsage {
  readonly messages: number;
  readonly bytes: number;
  readonly calls: number;
}

export interface PublisherOptions extends PubSubPlace {
  /** Bound of a call with all its retries; 10,000 unless said. */
  readonly publishMs?: number;
}

/**
 * The way out to all topics. The SDK's own publisher waits in the hope of fuller batches and goes on trying for ten minutes; this one
 * sends with the end of the turn, tries within a bound, and knows what it has sent.
 */
export function createPublisher(options: PublisherOptions): PubSubPublisher {
  const waiting = new Map<string, Outgoing[]>();
  const underWay = new Set<Promise<void>>();
  const count = { messages: 0, bytes: 0, calls: 0 };
  const callOptions = boundedCall(options.publishMs);
  const connection = createConnection(options);
  let closed = false;

  function callAll(): void {
    for (const [topic, outgoing] of waiting) {
      for (const batch of batches(outgoing)) {
        const call = publish(topic, batch).finally(() => underWay.delete(call));
        underWay.add(call);
      }
    }
    waiting.clear();
  }

  /** Never rejects: each message is told by itself. */
  async function publish(topic: string, batch: readonly Outgoing[]): Promise<void> {
    count.calls++;
    try {
      const client = await connection.client();
      const messages = batch.map(({ data, attributes }) => ({ data, attributes }));
      const request = { topic: fullName(options.projectId, topic), messages };
      const [{ messageIds }] = await client.publish(request, callOptions);
      count.messages += batch.length;
      for (const [at, { bytes, resolve }] of batch.entries()) {
        count.bytes += bytes;
        resolve(messageIds?.[at] ?? '');
      }
    } catch (thrown) {
      for (const { reject } of batch) reject(thrown);
    }
  }

  async function flush(): Promise<void> {
    callAll();
    await Promise.all(underWay);
  }

  return {
    send(topic, { text, attributes }) {
      if (closed)
        return Promise.reject(
          new CodedError('queue_closed', `Nothing can be sent to ${topic} any more: the publisher is closed.`),
        );
      if (waiting.size === 0) setImmediate(callAll);
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const outgoing = waiting.get(topic) ?? [];
      outgoing.push({ data: Buffer.from(text), attributes, bytes: messageBytes(text, attributes), resolve, reject });
      waiting.set(topic, outgoing);
      return promise;
    },
    flush,
    usage: () => ({ ...count }),
    async close() {
      closed = true;
      await flush();
      await connection.close();
    },
  };
}

interface Outgoing {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly bytes: number;
  resolve(messageId: string): void;
  reject(reason: unknown): void;
}

/** `projects/P/topics/T` stays as it is. */
export function fullName(projectId: string, topic: string): string {
  return topic.includes('/') ? topic : `projects/${projectId}/topics/${topic}`;
}

/** A message's data and attributes: what Pub/Sub measures and charges. */
export function messageBytes(text: string, attributes: Readonly<Record<string, string>>): number {
  return Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    Buffer.byteLength(text),
  );
}

function* batches(outgoing: readonly Outgoing[]): Generator<readonly Outgoing[]> {
  let batch: Outgoing[] = [];
  let bytes = 0;
  for (const each of outgoing) {
    const isFull = batch.length >= pubSubLimits.messagesPerCall || bytes + each.bytes > pubSubLimits.bytesPerCall;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(each);
    bytes += each.bytes;
  }
  if (batch.length > 0) yield batch;
}
