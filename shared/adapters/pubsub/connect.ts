import { v1 } from '@google-cloud/pubsub';
import { messageOf } from '../../core/error.ts';
import { clientOptions, type PubSubPlace } from './client-options.ts';

export interface PublisherConnection {
  /** Ready to be asked. Fails as what is out of reach does; the next call tries again. */
  client(): Promise<v1.PublisherClient>;
  close(): Promise<void>;
}

/**
 * The SDK's generated client keeps for ever what went wrong when it first looked for an account, and ends the process when it is
 * asked for something after that. So it is asked only when it is ready, and thrown away when it does not get so.
 */
export function createConnection(place: PubSubPlace): PublisherConnection {
  let connecting: Promise<v1.PublisherClient> | undefined;

  async function connect(): Promise<v1.PublisherClient> {
    try {
      const client = new v1.PublisherClient(await clientOptions(place));
      await client.initialize();
      return client;
    } catch (thrown) {
      connecting = undefined;
      throw new NotConnected(thrown);
    }
  }

  return {
    client() {
      connecting ??= connect();
      return connecting;
    },
    async close() {
      await (await connecting?.catch(() => undefined))?.close();
    },
  };
}

/** Whose account is not found today may be found tomorrow: a metadata server that was late, a key that is still to come. */
class NotConnected extends Error {
  /** gRPC's UNAVAILABLE. */
  readonly code = 14;
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}
