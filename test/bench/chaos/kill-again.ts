import type { Clock } from '../../../shared/core/clock.ts';
import type { Random } from '../../../shared/core/random.ts';
import { sizes } from './sizes.ts';

/** Goes on until it is disposed of. */
export interface Killing extends AsyncDisposable {
  readonly kills: number;
}

/** Two seconds after the last kill was over, a little earlier or later as the seed will. */
export function killAgain(clock: Clock, random: Random, kill: () => Promise<void>): Killing {
  const over = new AbortController();
  let kills = 0;

  async function go(): Promise<void> {
    for (;;) {
      await clock.sleep(sizes.killEveryMs + (2 * random.next() - 1) * sizes.killJitterMs, over.signal);
      if (over.signal.aborted) return;
      await kill();
      kills++;
    }
  }

  const going = go();
  return {
    get kills() {
      return kills;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await going;
    },
  };
}
