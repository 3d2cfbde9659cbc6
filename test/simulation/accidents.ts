import { streamOf } from './chance.ts';
import { startOfTime } from './settings.ts';
import type { Staff } from './staff.ts';
import type { World } from './world.ts';

export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Outages of the store, deaths, deploys: settled before the world begins, and each can be switched off like any other fault. */
export function planAccidents(world: World, staff: Staff): Outage[] {
  const { settings, faults, scheduler } = world;
  const { quietMs, slots, perMille, seed } = settings;
  const random = streamOf(seed, 5);
  const outages: Outage[] = [];
  if (perMille === 0) return outages;
  for (let count = Math.floor(random.next() * 3); count > 0; count--) {
    const from = startOfTime + random.next() * quietMs * 0.5;
    const to = from + 100 + random.next() * random.next() * quietMs * 0.5;
    if (faults.plan('outage', `store, ${Math.round(to - from)} ms`, from)) outages.push({ from, to });
  }
  for (let count = Math.floor(random.next() * 4); count > 0; count--) {
    const at = startOfTime + random.next() * (random.next() < 0.5 ? 500 : quietMs);
    const slot = Math.floor(random.next() * slots);
    const gently = random.next() < 0.3;
    if (faults.plan(gently ? 'stopped' : 'killed', `engine ${slot}`, at))
      scheduler.at(at, () => void end(staff, slot, gently));
  }
  return outages;
}

async function end(staff: Staff, slot: number, gently: boolean): Promise<void> {
  const process = staff.at(slot);
  if (!process) return;
  if (gently) await process.engine.stop(2_000).catch(() => {});
  process.membrane.kill(gently ? 'it was stopped' : 'it was killed');
}
