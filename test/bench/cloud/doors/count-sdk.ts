import firestore from '@google-cloud/firestore';
import { v1 as pubsub } from '@google-cloud/pubsub';
import { fieldOf } from '../../../../shared/core/error.ts';
import { kindOfWrite, type TallyField } from '../tally.ts';

type Count = (field: TallyField, more: number) => void;

/**
 * Counts what leaves this process, at the last place before the wire: what the store says of itself is checked by it. What Firestore took
 * counts, as it is billed; a commit that it refused for somebody else's sake is counted apart.
 */
export function countSdk(count: Count): void {
  wrapCall(firestore.v1.FirestoreClient.prototype, 'commit', {
    taken: (request) => {
      count('commits', 1);
      for (const write of (request as CommitRequest).writes) countWrite(write, count);
    },
    refused: (thrown) => count('refusedCommits', isRefusal(thrown) ? 1 : 0),
  });
  // A document that is not there is a read as well, and so is a query that finds none.
  wrapStream(firestore.v1.FirestoreClient.prototype, 'batchGetDocuments', (answers) => count('reads', answers.length));
  wrapStream(firestore.v1.FirestoreClient.prototype, 'runQuery', (answers) =>
    count('reads', Math.max(1, answers.filter((answer) => fieldOf(answer, 'document')).length)),
  );
  wrapCall(pubsub.PublisherClient.prototype, 'publish', {
    taken: (request) => {
      const { messages } = request as { readonly messages: readonly OutgoingMessage[] };
      count('messages', messages.length);
      count('publishCalls', 1);
      for (const message of messages) count('publishedBytes', bytesOf(message));
    },
    refused: () => {},
  });
}

interface CommitRequest {
  readonly writes: readonly CommitWrite[];
}
interface CommitWrite {
  readonly update?: { readonly name: string };
  readonly delete?: string;
}

function countWrite({ update }: CommitWrite, count: Count): void {
  if (!update) return count('deletes', 1);
  count('writes', 1);
  count(kindOfWrite(update.name), 1);
}

/** NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION and ABORTED: somebody else was there before. */
const refusals: ReadonlySet<unknown> = new Set([5, 6, 9, 10]);

const isRefusal = (thrown: unknown): boolean => refusals.has(fieldOf(thrown, 'code'));

interface OutgoingMessage {
  readonly data: Buffer;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** As Pub/Sub measures it: data, attributes, 20 bytes of time and the id's length. */
function bytesOf({ data, attributes = {} }: OutgoingMessage): number {
  const named = Object.entries(attributes).map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value));
  return named.reduce((sum, each) => sum + each, data.length + 20 + 16);
}

interface Ends {
  taken(request: unknown): void;
  refused(thrown: unknown): void;
}

function wrapCall(prototype: object, name: string, { taken, refused }: Ends): void {
  const methods = prototype as Record<string, (...given: unknown[]) => Promise<unknown>>;
  const method = methods[name]!;
  methods[name] = async function (this: unknown, ...given) {
    try {
      const answer = await method.apply(this, given);
      taken(given[0]);
      return answer;
    } catch (thrown) {
      refused(thrown);
      throw thrown;
    }
  };
}

/** A stream that breaks off counts for nothing: it is asked again. */
function wrapStream(prototype: object, name: string, ended: (answers: readonly unknown[]) => void): void {
  const methods = prototype as Record<string, (...given: unknown[]) => NodeJS.ReadableStream>;
  const method = methods[name]!;
  methods[name] = function (this: unknown, ...given) {
    const answers: unknown[] = [];
    const stream = method.apply(this, given);
    stream.on('data', (answer: unknown) => void answers.push(answer));
    stream.on('end', () => ended(answers));
    return stream;
  };
}
