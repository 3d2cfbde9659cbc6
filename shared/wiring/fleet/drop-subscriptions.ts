import { topology } from '../../adapters/pubsub/topology.ts';

/** An emulator that runs on after us would push to our ports for ever. One that is gone has nothing to drop. */
export async function dropSubscriptions(project: string, emulatorHost: string): Promise<void> {
  const names = Object.values(topology.subscriptions).map(({ name }) => name);
  await Promise.all(names.map((name) => drop(`http://${emulatorHost}/v1/projects/${project}/subscriptions/${name}`)));
}

async function drop(url: string): Promise<void> {
  await fetch(url, { method: 'DELETE' }).then(
    (answer) => answer.body?.cancel(),
    () => {},
  );
}
