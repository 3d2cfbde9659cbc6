import { openConnection } from './connect.ts';
import type { Place } from './failures.ts';
import type { Query } from './queries.ts';
import type { Fields, Precondition, StoredDocument, Timestamp, Write } from './values.ts';

/** One request each, without a retry. Fails with gRPC's status, at the latest after `msMost`. */
export interface Wire {
  /** All of the writes or none. The update time of each document, in their order. */
  commit(writes: readonly Write[], msMost: number): Promise<readonly Timestamp[]>;
  /** The documents that are there, by path, all of them as they were at one time. */
  get(paths: readonly string[], options: GetOptions, msMost: number): Promise<Snapshot>;
  query(query: Query, msMost: number): Promise<readonly StoredDocument[]>;
  close(): Promise<void>;
}

export interface GetOptions {
  /** Without it, now. */
  readonly readTime?: Timestamp | undefined;
  readonly fields?: readonly string[];
}

export interface Snapshot {
  readonly documents: ReadonlyMap<string, StoredDocument>;
  readonly readTime: Timestamp;
}

/**
 * Firestore's RPCs by the SDK's generated client. The hand-written client above it takes FIRESTORE_EMULATOR_HOST from the environment
 * whatever it is told, repeats requests for minutes, and keeps to itself what a repeated commit did; here each of them is our own.
 */
export async function openWire(place: Place): Promise<Wire> {
  const { project, database, emulatorHost } = place;
  const connection = await openConnection(place);
  const root = `projects/${project}/databases/${database}`;
  const documents = `${root}/documents`;
  const nameOf = (path: string) => `${documents}/${path}`;
  const pathOf = (name: string) => name.slice(documents.length + 1);
  const headers = {
    'google-cloud-resource-prefix': root,
    ...(emulatorHost !== undefined && { Authorization: 'Bearer owner' }),
  };
  const options = (timeout: number) => ({
    timeout,
    retry: null,
    retryRequestOptions: { retries: 0, noResponseRetries: 0 },
    otherArgs: { headers },
  });
  const stored = ({ name, fields, updateTime }: RawDocument): StoredDocument => ({
    path: pathOf(name),
    fields,
    updateTime,
  });

  return {
    async commit(writes, msMost) {
      const request = { database: root, writes: writes.map((write) => rawWrite(write, nameOf)) };
      const [{ writeResults, commitTime }] = await (await connection.client()).commit(request, options(msMost));
      return writes.map((_, at) => (writeResults?.[at]?.updateTime ?? commitTime) as Timestamp);
    },
    async get(paths, { readTime, fields }, msMost) {
      const request = {
        database: root,
        documents: paths.map(nameOf),
        ...(readTime && { readTime }),
        ...(fields && { mask: { fieldPaths: [...fields] } }),
      };
      const client = await connection.client();
      const answers = await collect<RawGot>(client.batchGetDocuments(request, options(msMost)));
      const found = answers.flatMap(({ found: document }) => (document ? [stored(document)] : []));
      return { documents: new Map(found.map((each) => [each.path, each])), readTime: answers[0]!.readTime };
    },
    async query({ parent, readTime, toRequest }, msMost) {
      const request = {
        parent: parent === '' ? documents : nameOf(parent),
        structuredQuery: toRequest(nameOf),
        ...(readTime && { readTime }),
      };
      const client = await connection.client();
      const answers = await collect<RawRow>(client.runQuery(request, options(msMost)));
      return answers.flatMap(({ document }) => (document ? [stored(document)] : []));
    },
    close: () => connection.close(),
  };
}

interface RawDocument {
  readonly name: string;
  readonly fields: Fields;
  readonly updateTime: Timestamp;
}
interface RawGot {
  readonly found?: RawDocument | null;
  readonly readTime: Timestamp;
}
interface RawRow {
  readonly document?: RawDocument | null;
}

type NameOf = (path: string) => string;

function rawWrite({ path, fields, mask, only }: Write, nameOf: NameOf) {
  return {
    update: { name: nameOf(path), fields },
    ...(mask && { updateMask: { fieldPaths: [...mask] } }),
    ...(only && { currentDocument: only satisfies Precondition }),
  };
}

function collect<Answer>(stream: NodeJS.ReadableStream): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = [];
    stream.on('data', (answer: Answer) => void answers.push(answer));
    stream.on('error', reject);
    stream.on('end', () => resolve(answers));
  });
}
