import { createMachineTimers } from '../../shared/adapters/machine/timers.ts';
import type { Clock } from '../../shared/core/clock.ts';
import type { Timers } from '../../shared/ports/index.ts';
import { pushAlarm } from './invoke.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** Alarms that are never set, ring late, or ring again. */
export function faultyTimers(world: World, membrane: Membrane, clock: Clock): Timers {
  const { scheduler, random, settings } = world;
  const timers = createMachineTimers(clock);
  let ring: (jobIds: readonly string[]) => void = () => {};
  return {
    set(jobId, at, newAt) {
      if (membrane.dead || (settings.engine.invoked && newAt === undefined)) return;
      const fault = membrane.faultAt('timers.set', ['lost', 'late', 'doubled', 'diesAfter']);
      if (fault === 'diesAfter') membrane.kill('after timers.set');
      if (fault === 'lost' || settings.deaf || membrane.dead) return;
      if (settings.engine.invoked)
        return void pushAlarm(world, jobId, newAt! + (fault === 'late' ? random.next() * 10_000 : 0));
      timers.set(jobId, at + (fault === 'late' ? random.next() * 10_000 : 0));
      if (fault === 'doubled') scheduler.at(at + random.next() * 2_000, () => membrane.deliver(() => ring([jobId])));
    },
    onAlarm(listener) {
      ring = listener;
      timers.onAlarm((jobIds) => void (membrane.dead || listener(jobIds)));
    },
    drop: (jobId) => void (membrane.dead || timers.drop(jobId)),
    stop: () => timers.stop(),
  };
}
