import firestore from '@google-cloud/firestore';
import { v1 as pubsub } from '@google-cloud/pubsub';
import { kindOfWrite, type TallyField } from '../tally.ts';

type Count = (field: TallyField, more: number) => void;
type Method = (...given: unknown[]) => Promise<unknown>;

/**
 * Counts what leaves this process, at the last place before the wire: what the engine says of itself is checked by it. A write counts when it
 * was taken, as it is billed.
 */
export function countSdk(count: Count): void {
  wrap(firestore.v1.FirestoreClient.prototype, 'commit', (request) => {
    const { writes } = request as { readonly writes: readonly { readonly update: { readonly name: string } }[] };
    for (const { update } of writes) count(kindOfWrite(update.name), 1);
  });
  wrap(pubsub.PublisherClient.prototype, 'publish', (request) => {
    const { messages } = request as { readonly messages: readonly OutgoingMessage[] };
    count('messages', messages.length);
    count('publishCalls', 1);
    for (const message of messages) count('publishedBytes', bytesOf(message));
  });
}

interface OutgoingMessage {
  readonly data: Buffer;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** As Pub/Sub measures it: data, attributes, 20 bytes of time and the id's length. */
function bytesOf({ data, attributes = {} }: OutgoingMessage): number {
  const named = Object.entries(attributes).map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value));
  return named.reduce((sum, each) => sum + each, data.length + 20 + 16);
}

function wrap(prototype: object, name: string, taken: (request: unknown) => void): void {
  const methods = prototype as Record<string, Method>;
  const method = methods[name]!;
  methods[name] = async function (this: unknown, ...given) {
    const answer = await method.apply(this, given);
    taken(given[0]);
    return answer;
  };
}
