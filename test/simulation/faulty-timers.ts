import { createMachineTimers } from '../../shared/adapters/machine/timers.ts';
import type { Clock } from '../../shared/core/clock.ts';
import type { Timers } from '../../shared/ports/index.ts';
import type { Membrane } from './membrane.ts';
import type { World } from './world.ts';

/** Alarms that are never set, ring late, or ring again. */
export function faultyTimers({ scheduler, random, settings }: World, membrane: Membrane, clock: Clock): Timers {
  const timers = createMachineTimers(clock);
  let ring: (jobIds: readonly string[]) => void = () => {};
  return {
    set(jobId, at) {
      if (membrane.dead) return;
      const fault = membrane.faultAt('timers.set', ['lost', 'late', 'doubled', 'diesAfter']);
      if (fault === 'diesAfter') membrane.kill('after timers.set');
      if (fault === 'lost' || settings.deaf || membrane.dead) return;
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
