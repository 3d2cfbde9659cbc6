import type { Batches } from '../../shared/ports/index.ts';
import { askStore, readKinds, writeKinds } from './faulty-store.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** Batches lie in the store and are as far away, slow and often not there as it is. */
export function faultyBatches(world: World, membrane: Membrane): Batches {
  const { batches } = world;
  const ask = askStore(world, membrane);
  return {
    create: (batch) => ask('batches.create', writeKinds, () => batches.create(batch)),
    get: (batchId) => ask('batches.get', readKinds, () => batches.get(batchId)),
    write: (batch, results) => ask('batches.write', writeKinds, () => batches.write(batch, results)),
    list: (query) => ask('batches.list', readKinds, () => batches.list(query)),
    readResults: (batchId, first, limit) =>
      ask('batches.readResults', readKinds, () => batches.readResults(batchId, first, limit)),
  };
}
