import type { HandClock } from '../../support/hand-clock.ts';

/** Lets the machine do what was begun, turn by turn of its event loop, until this holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Until somebody sleeps. */
export function untilAsleep(clock: HandClock): Promise<void> {
  return until(() => clock.sleepers > 0);
}
