import type { BenchOptions } from '../bench.ts';
import { figureOf } from '../figure.ts';
import { measureApart } from '../measure-apart.ts';
import { found, freshDir, kind, ms, type Part, times, workload } from './part.ts';
import { peerAbsence } from './peer/absence.ts';
import { peerLatency } from './peer/measure-peer.ts';
import { sizes } from './sizes.ts';
import type { OneAtATimeFound, OneAtATimeGiven } from './workloads/one-at-a-time.ts';

/** LAT: what a job takes when nothing else is going on, against the commits that it cannot do without. */
export async function measureLatency(options: BenchOptions): Promise<Part> {
  options.tell('LAT');
  const { latencyJobs: jobs, steps, latencyTurns: turns, latencyWarmUpJobs: warmUpJobs } = sizes;
  const dirs = [freshDir(options), freshDir(options)] as const;
  const { p50Ms, p99Ms, commitsPerJob, rawMs } = await measureApart<OneAtATimeGiven, OneAtATimeFound>(
    workload('one-at-a-time'),
    { dirs, jobs, steps, warmUpJobs, turns },
  );
  return found([
    figureOf('LAT p50', [p50Ms], ms(4)),
    figureOf('LAT p99', [p99Ms], ms()),
    figureOf('LAT commits per job', [commitsPerJob], kind('commits', 'lower')),
    figureOf('LAT ÷ raw commits, SQLite as it comes', [p50Ms / rawMs.own], times(1.15)),
    figureOf('LAT ÷ raw commits, laid out as our store', [p50Ms / rawMs.store], times(1.15)),
    figureOf('raw commits of one job, SQLite as it comes', [rawMs.own], ms()),
    figureOf('raw commits of one job, laid out as our store', [rawMs.store], ms()),
    ...(peerAbsence() ? [] : [figureOf('LAT p50, BullMQ tuned', [await peerLatency(options.dir)], ms())]),
  ]);
}
