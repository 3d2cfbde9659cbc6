import { PubSub, type v1 } from '@google-cloud/pubsub';
import { pubSubLimits } from './limits.ts';

export interface PubSubPlace {
  readonly projectId: string;
  /** `host:port` of an emulator; absent for Google's Pub/Sub. */
  readonly emulatorHost?: string;
}

type ClientOptions = NonNullable<ConstructorParameters<typeof v1.PublisherClient>[0]>;

/**
 * What the SDK's low-level clients are made with, for Google's Pub/Sub or an emulator. Without some client for authentication the
 * SDK asks the network for Google's metadata server first, even for an emulator; no emulator looks at the key.
 */
export async function clientOptions({ projectId, emulatorHost }: PubSubPlace): Promise<ClientOptions> {
  const emulator = emulatorHost === undefined ? {} : { apiEndpoint: emulatorHost, emulatorMode: true };
  const pubSub = new PubSub({ projectId, ...emulator });
  const options = (await pubSub.getClientConfig()) as ClientOptions;
  return emulatorHost === undefined ? options : { ...options, authClient: pubSub.auth.fromAPIKey('none') };
}

/** A call that tries again what may pass, with jitter, and gives up after `totalMs`; the SDK by itself goes on for ten minutes. */
export function boundedCall(totalMs: number = pubSubLimits.publishMs) {
  return {
    timeout: totalMs,
    retry: {
      retryCodes: [...retryable],
      backoffSettings: {
        initialRetryDelayMillis: 100,
        retryDelayMultiplier: 2,
        maxRetryDelayMillis: 2_000,
        initialRpcTimeoutMillis: totalMs / 2,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: totalMs / 2,
        totalTimeoutMillis: totalMs,
      },
    },
  };
}

/** gRPC's CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL and UNAVAILABLE. */
const retryable = [1, 2, 4, 8, 10, 13, 14] as const;
