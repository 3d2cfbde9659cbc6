import type { Clock } from '../../shared/core/clock.ts';
import type { Random } from '../../shared/core/random.ts';
import type { Fleet } from '../../shared/wiring/fleet/fleet.ts';
import { between, happens, pick } from '../simulation/chance.ts';

/** Kills with -9, one instance after another; most of them execute nodes, now and then it is another door. Resolves after `most`. */
export async function killAtRandom(
  clock: Clock,
  random: Random,
  fleet: Fleet,
  most: number,
): Promise<readonly string[]> {
  const killed: string[] = [];
  while (killed.length < most) {
    await clock.sleep(between(random, 200, 1_200));
    const wantsExecutor = happens(random, 0.7);
    const alive = fleet.instances().filter(({ door }) => (door === 'execute-nodes') === wantsExecutor);
    if (alive.length === 0) continue;
    const { door, place } = pick(random, alive);
    await fleet.kill(door, place, 'SIGKILL');
    killed.push(`${door} ${place}`);
  }
  return killed;
}
