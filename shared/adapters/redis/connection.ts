import type { RedisClientType } from 'redis';
import type { Clock } from '../../core/clock.ts';
import { CodedError, messageOf } from '../../core/error.ts';

/** One connection, which is thrown away with the first thing that goes wrong on it. */
export interface Connection {
  send(command: readonly string[]): Promise<unknown>;
  subscribe(channel: string, onMessage: (text: string) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** What waits for an answer fails. */
  drop(because: unknown): void;
  /** Why it ended. */
  readonly lost: Promise<unknown>;
}

/**
 * A server that is stopped still accepts connections and never answers, so the whole of it is waited for no longer than `connectMs`. It is
 * good when it takes a write: a replica, a full server or a user without rights is found out here and not by the first call.
 */
export async function dial(url: string, clock: Clock, connectMs: number, ended: AbortSignal): Promise<Connection> {
  const client = await createClient(url, connectMs);
  const connection = holdConnection(client);
  const waited = new AbortController();
  const opened = client.connect().then(() => connection.send(['EVAL', checkScript, '1', 'breakwater:{check}']));
  const late = clock.sleep(connectMs, AbortSignal.any([waited.signal, ended])).then(() => {
    if (!waited.signal.aborted) throw new Error(ended.aborted ? 'it is closed' : `no answer within ${connectMs} ms`);
  });
  try {
    await Promise.race([opened, late]);
    return connection;
  } catch (thrown) {
    opened.catch(() => {});
    connection.drop(thrown);
    throw thrown;
  } finally {
    waited.abort();
  }
}

const checkScript = "return redis.call('SET', KEYS[1], '1', 'PX', '1000')";

function holdConnection(client: RedisClientType): Connection {
  const lost = Promise.withResolvers<unknown>();
  let dropped: unknown;
  client.on('error', lost.resolve);
  client.on('end', () => lost.resolve(new Error('the connection was closed')));
  return {
    lost: lost.promise,
    async send(command) {
      try {
        return await client.sendCommand([...command]);
      } catch (thrown) {
        throw dropped ?? thrown;
      }
    },
    subscribe: async (channel, onMessage) => client.subscribe(channel, onMessage),
    unsubscribe: async (channel) => client.unsubscribe(channel),
    drop(because) {
      dropped ??= because;
      lost.resolve(because);
      client.destroy();
    },
  };
}

/** Commands of one turn of the event loop go out together: the client does that by itself. Messages arrive on the same connection (RESP3). */
async function createClient(url: string, connectMs: number): Promise<RedisClientType> {
  const sdk = await loadSdk();
  const socket = { reconnectStrategy: false, connectTimeout: connectMs } as const;
  return sdk.createClient({
    url,
    RESP: 3,
    socket,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
  }) as unknown as RedisClientType;
}

async function loadSdk() {
  try {
    const { default: sdk } = await import('redis');
    return sdk;
  } catch (thrown) {
    const message = `The Redis client cannot be loaded (${messageOf(thrown)}): run "npm install".`;
    throw new CodedError('redis_unavailable', message, { cause: thrown });
  }
}
