import { join } from 'node:path';
import type { PubSubPublisher } from '../../adapters/pubsub/publisher.ts';
import type { DoorName } from './door-names.ts';
import { type DoorProcess, startDoor } from './door-process.ts';
import type { FleetOptions } from './fleet.ts';
import { type Front, openFront } from './front.ts';
import { becomeDeadLetter, deliveryOf } from './give-up.ts';
import { type Instances, keepInstances } from './instances.ts';
import { openRelay, type Relay } from './relay.ts';

/** All that belongs to one door: its instances, the front before them, and what Pub/Sub pushes to. */
export interface Room {
  readonly front: Front;
  readonly relay: Relay;
  readonly instances: Instances;
  close(): Promise<void>;
}

export async function openRoom(
  options: FleetOptions,
  publisher: PubSubPublisher,
  dir: string,
  door: DoorName,
): Promise<Room> {
  const { clock, requestTimeoutMs = usualTimeoutMs, concurrency = 80, replace = true, report } = options;
  const front = await openFront(clock, { concurrency, requestTimeoutMs });
  const giveUp = (body: string, deliveries: number) => becomeDeadLetter(publisher, body, deliveries, report);
  const relay = await openRelay({ clock, to: front.url, giveUp, deliveryOf });
  const env = environmentOf(options);
  let started = 0;
  const start = (): Promise<DoorProcess> => {
    const socket = join(dir, `${door}-${started++}`);
    return startDoor(clock, { door, socket, source: options.source ?? usualSource, env });
  };
  const count = options.instances?.[door] ?? 1;
  const instances = keepInstances(clock, front, { door, count, replace, start, report });
  return {
    front,
    relay,
    instances,
    async close() {
      await relay.close();
      await instances.close();
      await front.close();
    },
  };
}

const usualSource = join(import.meta.dirname, 'entrance.ts');

const usualTimeoutMs = 540_000;

function environmentOf(options: FleetOptions): Readonly<Record<string, string | undefined>> {
  const { env, hosts, project, requestTimeoutMs = usualTimeoutMs } = options;
  return {
    ...env,
    BREAKWATER_STORE: 'firestore',
    BREAKWATER_PROJECT: project,
    BREAKWATER_REQUEST_TIMEOUT: `${requestTimeoutMs}ms`,
    FIRESTORE_EMULATOR_HOST: hosts.firestore,
    PUBSUB_EMULATOR_HOST: hosts.pubsub,
  };
}
