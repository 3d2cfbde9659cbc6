import type { TargetCounts } from '../../shared/ports/index.ts';
import { askStore, writeKinds } from './faulty-store.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** The fleet's counts lie in the store and are as far away, slow and often not there as it is. */
export function faultyCounts(world: World, membrane: Membrane): TargetCounts {
  const ask = askStore(world, membrane);
  return {
    add: (name, counts, from) => ask('counts.add', writeKinds, () => world.counts.add(name, counts, from)),
  };
}
