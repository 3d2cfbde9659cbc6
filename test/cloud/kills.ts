import type { Clock } from '../../shared/core/clock.ts';
import type { Random } from '../../shared/core/random.ts';
import type { Fleet } from '../../shared/wiring/fleet/fleet.ts';
import { between, happens, pick } from '../simulation/chance.ts';

/** Goes on until so many are killed, or the test is over. */
export interface Killing extends AsyncDisposable {
  /** Resolves with who was killed. */
  readonly ended: Promise<readonly string[]>;
}

/** Kills with -9, one instance after another; most of them execute nodes, now and then it is another door. */
export function killAtRandom(clock: Clock, random: Random, fleet: Fleet, most: number): Killing {
  const over = new AbortController();

  async function kill(): Promise<readonly string[]> {
    const killed: string[] = [];
    while (killed.length < most && !over.signal.aborted) {
      await clock.sleep(between(random, 200, 1_200), over.signal);
      const wantsExecutor = happens(random, 0.7);
      const alive = fleet.instances().filter(({ door }) => (door === 'execute-nodes') === wantsExecutor);
      if (alive.length === 0) continue;
      const { door, place } = pick(random, alive);
      await fleet.kill(door, place, 'SIGKILL');
      killed.push(`${door} ${place}`);
    }
    return killed;
  }

  const ended = kill();
  return {
    ended,
    async [Symbol.asyncDispose]() {
      over.abort();
      await ended;
    },
  };
}
