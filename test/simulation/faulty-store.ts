import { CodedError } from '../../shared/core/error.ts';
import type { JobStore } from '../../shared/ports/index.ts';
import type { FaultKind } from './faults.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

export const writeKinds: readonly FaultKind[] = [
  'refused',
  'failedBefore',
  'timedOutAfter',
  'timedOutAfter',
  'slow',
  'doubled',
  'frozen',
  'diesBefore',
  'diesAfter',
];
export const readKinds = writeKinds.filter((kind) => kind !== 'doubled');

/** How a process asks the store: it is far away, slow, sometimes not there, and not always heard. */
export function askStore(world: World, membrane: Membrane) {
  const { scheduler, settings } = world;
  return <T>(point: string, of: readonly FaultKind[], effect: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (membrane.dead) return;
      const fault = membrane.faultAt(point, of);
      if (membrane.dead) return;
      const answer = (settle: () => void) =>
        scheduler.at(scheduler.now() + latencyMs(world, fault), () => membrane.deliver(settle));
      const fail = (code: string) => void answer(() => reject(new CodedError(code, `${point} ${fault ?? 'outage'}`)));
      const act = async () => {
        if (membrane.dead && settings.alone) return;
        if (fault === 'refused' || world.isDown()) return fail('store_unavailable');
        if (fault === 'failedBefore') return fail('store_timeout');
        const first = await effect();
        const done = fault === 'doubled' ? await effect() : first;
        if (fault === 'diesAfter') membrane.kill(`after ${point}`);
        if (fault === 'timedOutAfter') fail('store_timeout');
        else answer(() => resolve(done));
      };
      const wayMs = latencyMs(world, fault);
      if (wayMs === 0) void act();
      else scheduler.at(scheduler.now() + wayMs, () => void act());
    });
}

export function faultyStore(world: World, membrane: Membrane): JobStore {
  const { store } = world;
  const ask = askStore(world, membrane);
  return {
    create: (job, audit, sessions = []) =>
      ask('store.create', writeKinds, () => store.create(job, audit, sessions, membrane.name)),
    load: (jobId, known) => ask('store.load', readKinds, () => store.load(jobId, known)),
    commit: (change) => ask('store.commit', writeKinds, () => store.commit(change, membrane.name)),
    findDue: (before, limit, after) => ask('store.findDue', readKinds, () => store.findDue(before, limit, after)),
    list: (query) => ask('store.list', readKinds, () => store.list(query)),
    readAudit: (jobId, after, limit) => ask('store.readAudit', readKinds, () => store.readAudit(jobId, after, limit)),
    usage: () => store.usage(),
  };
}

/** Mostly at once or in a few milliseconds; a slow one can take longer than a lease lasts. */
function latencyMs({ random, settings }: World, fault: FaultKind | undefined): number {
  const chance = random.next();
  if (fault === 'slow') return chance * settings.engine.leaseMs! * 1.2;
  return chance < 0.5 ? 0 : (chance - 0.5) * 8;
}
