import { type TopicKey, topology } from '../../shared/adapters/pubsub/topology.ts';
import { pubsubHost } from '../support/emulators.ts';

/** From now on what is published to these topics is lost. */
export async function dropPushes(project: string, topics: readonly TopicKey[]): Promise<void> {
  const lost = Object.values(topology.subscriptions).filter(({ topic }) => topics.includes(topic));
  for (const { name } of lost) {
    const url = `http://${pubsubHost()}/v1/projects/${project}/subscriptions/${name}`;
    const { ok, status } = await fetch(url, { method: 'DELETE' });
    if (!ok) throw new Error(`${name} could not be dropped: ${status}`);
  }
}
