import { join } from 'node:path';
import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { between, streamOf } from '../../simulation/chance.ts';
import { openEnginePlace } from './engine-place.ts';
import { progressAfter } from './moments.ts';
import type { Plan } from './plans.ts';
import { readStored } from './read-stored.ts';
import { type Caller, httpCaller, jobOf } from './shapes.ts';
import { sizes } from './sizes.ts';
import { submitPlans } from './submit-plans.ts';
import { openTarget } from './target.ts';
import { whenAllEnded } from './when-all-ended.ts';

export interface StopsOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly dir: string;
}

/** No call of these runs out of time. */
export const slowTimeoutMs = 4 * sizes.slowCallMsMost;

const calm = { failing: 0, hanging: 0 };

/**
 * An engine that is told to end in good order and started anew, several times, with calls under way of which some take longer than
 * it may take to end. Gives how long it was from each signal until each of these calls had ended, or was made again by the next engine.
 */
export async function measureStops({ clock, seed, dir }: StopsOptions): Promise<readonly number[]> {
  const path = join(dir, 'stops.db');
  await using target = await openTarget({ clock, seed, shares: calm });
  const { graceMs, stops, stopEveryMs } = sizes;
  await using place = await openEnginePlace({ clock, store: `sqlite:${path}`, target: target.host, graceMs });
  await place.start();
  const submitting = submitPlans(
    clock,
    place.url,
    slowPlans(seed, httpCaller(target.url, slowTimeoutMs)),
    sizes.jobsPerSecond,
  );
  for (let stop = 0; stop < stops; stop++) {
    await clock.sleep(stopEveryMs);
    await place.end('SIGTERM');
    await place.start();
  }
  await submitting;
  await whenAllEnded(clock, place.url, sizes.patienceMs);
  const signals = place.lives.flatMap(({ signalledAt }) => signalledAt ?? []);
  await place.end('SIGTERM');
  return readProgress(path, signals);
}

async function readProgress(path: string, signals: readonly number[]): Promise<readonly number[]> {
  const store = openSqliteStore(path);
  try {
    const found: number[] = [];
    for await (const { lines } of readStored(store)) found.push(...signals.flatMap((at) => progressAfter(lines, at)));
    return found;
  } finally {
    store.close();
  }
}

/** From a tenth of a second to well beyond the grace. */
export function slowPlans(seed: number, call: Caller): readonly Plan[] {
  return Array.from({ length: sizes.stopJobs }, (_, job): Plan => {
    const random = streamOf(seed, job);
    const nodes = Array.from({ length: 3 }, (_, at) => {
      const work = { ms: between(random, 100, sizes.slowCallMsMost) };
      return { id: `slow${at}`, ...call(work), dependsOn: at ? [`slow${at - 1}`] : [] };
    });
    return { name: `slow-${job}`, document: jobOf(`slow-${job}`, nodes), ends: 'completed' };
  });
}
