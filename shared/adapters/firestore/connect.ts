import { CodedError, messageOf } from '../../core/error.ts';
import { nameOf, type Place, status } from './failures.ts';

export interface Connection {
  /** Ready to be asked. Fails with gRPC's status; the next call tries again. */
  client(): Promise<Client>;
  close(): Promise<void>;
}

export type Client = Awaited<ReturnType<typeof createClient>>;

/**
 * The SDK's generated client keeps for ever what went wrong when it first looked for an account, and ends the process when it is
 * asked for something after that. So it is asked only when it is ready, and thrown away when it does not get so.
 */
export async function openConnection(place: Place): Promise<Connection> {
  const sdk = await loadSdk();
  let connecting: Promise<Client> | undefined;
  let isOpen = true;

  async function connect(): Promise<Client> {
    const client = createClient(sdk, place);
    try {
      await client.initialize();
      return client;
    } catch (thrown) {
      connecting = undefined;
      throw new NotConnected(thrown);
    }
  }

  return {
    async client() {
      if (!isOpen) throw new CodedError('store_unavailable', `${nameOf(place)} is closed.`);
      connecting ??= connect();
      return connecting;
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await (await connecting?.catch(() => undefined))?.close();
    },
  };
}

/** The project that this machine or its account belongs to. */
export async function detectProject(): Promise<string> {
  const { GoogleAuth } = await loadSdk();
  try {
    return await new GoogleAuth().getProjectId();
  } catch (thrown) {
    const message = `No Google Cloud project is known (${messageOf(thrown)}): set GOOGLE_CLOUD_PROJECT.`;
    throw new CodedError('store_missing', message, { cause: thrown });
  }
}

class NotConnected extends Error {
  readonly code: number;
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.code = /credential|permission|login/i.test(this.message) ? status.unauthenticated : status.unavailable;
  }
}

/** A connection that died silently is noticed within these, and a lost one is looked for again soon. */
const channel = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc-node.flow_control_window': 1024 * 1024,
};

type Sdk = Awaited<ReturnType<typeof loadSdk>>;

function createClient({ FirestoreClient, grpc }: Sdk, { project, emulatorHost }: Place) {
  if (emulatorHost === undefined) return new FirestoreClient({ projectId: project, ...channel });
  const { hostname, port } = new URL(`http://${emulatorHost}`);
  return new FirestoreClient({
    projectId: project,
    servicePath: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    // Without it the SDK looks for an account, on the network as well.
    clientOptions: { universeDomain: 'googleapis.com' },
    ...channel,
  });
}

async function loadSdk() {
  try {
    const [{ default: sdk }, { default: gax }] = await Promise.all([
      import('@google-cloud/firestore'),
      import('google-gax'),
    ]);
    return { FirestoreClient: sdk.v1.FirestoreClient, GoogleAuth: gax.GoogleAuth, grpc: gax.grpc };
  } catch (thrown) {
    const message = `The Firestore SDK cannot be loaded (${messageOf(thrown)}): run "npm install".`;
    throw new CodedError('store_unavailable', message, { cause: thrown });
  }
}
