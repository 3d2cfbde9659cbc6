import { ensureTopics } from '../../../shared/adapters/pubsub/ensure-topics.ts';
import { createPublisher } from '../../../shared/adapters/pubsub/publisher.ts';
import type { PushDoor } from '../../../shared/adapters/pubsub/topology.ts';
import { createPushReceiver, type PushHandlers, type PushReceiver } from '../../../shared/edge/push/receive-pushes.ts';
import { pubsubHost, uniqueProject } from '../../support/emulators.ts';
import { aPushServer } from './push-server.ts';

/** A project on the emulator with every topic of ours, whose subscriptions push to one server with these doors. */
export async function aProject(doors: Readonly<Partial<Record<PushDoor, PushHandlers>>>) {
  const place = { projectId: uniqueProject(), emulatorHost: pubsubHost() };
  const entries = Object.entries(doors).map(
    ([door, handlers]) => [`/${door}`, createPushReceiver(handlers, () => {})] as const,
  );
  const receivers = new Map<string, PushReceiver>(entries);
  const server = await aPushServer(
    async (request, path) => (await receivers.get(path)?.receive(request))?.status ?? 404,
  );
  await ensureTopics({ ...place, urlOf: (door) => `${server.url}/${door}` });
  const publisher = createPublisher(place);
  return {
    place,
    publisher,
    async close() {
      await publisher.close();
      await server.close();
    },
  };
}
