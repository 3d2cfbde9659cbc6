import { setTimeout as pause } from 'node:timers/promises';
import { createPublisher } from '../../../shared/adapters/pubsub/publisher.ts';
import { topology } from '../../../shared/adapters/pubsub/topology.ts';
import { CodedError } from '../../../shared/core/error.ts';

import type { House } from './house.ts';
import { sizes } from './sizes.ts';
import { differenceOf, type Tally } from './tally.ts';

const patienceMs = 30_000;

/** What the sweeps of an engine that has nothing to do use, one by one, as Cloud Scheduler asks for them every minute. */
export async function measureIdle(house: House): Promise<Tally> {
  const publisher = createPublisher({ projectId: house.project, emulatorHost: house.hosts.pubsub });
  const before = await house.tally();
  for (let tick = 1; tick <= sizes.ticks; tick++) {
    await publisher.send(topology.topics.ticks, { text: '{"kind":"tick"}', attributes: {} });
    await answered(house, before.requests + tick);
  }
  await publisher.close();
  return differenceOf(await house.tally(), before);
}

async function answered(house: House, requests: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while ((await house.tally()).requests < requests) {
    if (performance.now() > until) throw new CodedError('tick_lost', 'no door answered a tick');
    await pause(50);
  }
}
