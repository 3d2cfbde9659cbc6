import type { Recoveries } from '../../shared/ports/index.ts';
import { askStore, readKinds } from './faulty-store.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** Sessions lie in the store and are as far away, slow and often not there as it is. */
export function faultyRecoveries(world: World, membrane: Membrane): Recoveries {
  const { recoveries } = world;
  const ask = askStore(world, membrane);
  return {
    get: (recoveryId) => ask('recoveries.get', readKinds, () => recoveries.get(recoveryId)),
    list: (query) => ask('recoveries.list', readKinds, () => recoveries.list(query)),
  };
}
