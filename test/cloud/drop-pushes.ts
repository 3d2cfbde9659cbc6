import { type TopicKey, topology } from '../../shared/adapters/pubsub/topology.ts';

/** From now on what is published to these topics is lost. `host` is the emulator's. */
export async function dropPushes(host: string, project: string, topics: readonly TopicKey[]): Promise<void> {
  const lost = Object.values(topology.subscriptions).filter(({ topic }) => topics.includes(topic));
  for (const { name } of lost) {
    const url = `http://${host}/v1/projects/${project}/subscriptions/${name}`;
    const { ok, status } = await fetch(url, { method: 'DELETE' });
    if (!ok) throw new Error(`${name} could not be dropped: ${status}`);
  }
}
