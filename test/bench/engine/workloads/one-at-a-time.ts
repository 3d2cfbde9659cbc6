import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median, quantile } from '../../statistics.ts';
import { oneByOne } from './clients.ts';
import { startEngine } from './own-engine.ts';
import { type Layout, openRawCommits } from './raw-commits.ts';
import { chainOf } from './shapes.ts';

export interface OneAtATimeGiven {
  /** Two directories: one for the store that tells how large a row is, one for what is measured. */
  readonly dirs: readonly [string, string];
  readonly jobs: number;
  readonly steps: number;
  readonly warmUpJobs: number;
  /** Jobs and raw commits take turns this often, so that a slower disk slows both. */
  readonly turns: number;
}

export interface OneAtATimeFound {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly commitsPerJob: number;
  readonly rowChars: number;
  /** As many raw commits as a job needs, p50. */
  readonly rawMs: Readonly<Record<Layout, number>>;
}

/** LAT: one chain at a time, beside as many raw commits of rows of the same size in the same directory. */
export async function measure(given: OneAtATimeGiven): Promise<OneAtATimeFound> {
  const { dirs, jobs, steps, warmUpJobs, turns } = given;
  const chain = chainOf(steps);
  const { rowChars, commitsPerJob } = await lookAtOneJob(dirs[0], steps);
  const { runToEnd, stop } = await startEngine('sqlite', dirs[1]);
  const raw = {
    own: openRawCommits(join(dirs[1], 'own.db'), 'own'),
    store: openRawCommits(join(dirs[1], 'store.db'), 'store'),
  };
  const needs = (layout: Layout) => () => raw[layout].commitRow(commitsPerJob, rowChars);

  const times = { job: [] as number[], own: [] as number[], store: [] as number[] };
  await oneByOne(warmUpJobs, () => runToEnd(chain));
  for (const layout of ['own', 'store'] as const) await oneByOne(warmUpJobs, needs(layout));
  for (let turn = 0; turn < turns; turn++) {
    times.job.push(...(await oneByOne(jobs / turns, () => runToEnd(chain))));
    times.own.push(...(await oneByOne(jobs / turns, needs('own'))));
    times.store.push(...(await oneByOne(jobs / turns, needs('store'))));
  }
  await stop();
  raw.own.close();
  raw.store.close();
  return {
    p50Ms: median(times.job),
    p99Ms: quantile(times.job, 0.99),
    commitsPerJob,
    rowChars,
    rawMs: { own: median(times.own), store: median(times.store) },
  };
}

/** The commits that a job makes, and the characters of its row when it has ended. */
async function lookAtOneJob(dir: string, steps: number): Promise<{ rowChars: number; commitsPerJob: number }> {
  const { engine, runToEnd, stop } = await startEngine('sqlite', dir);
  await runToEnd(chainOf(steps));
  const { commits } = engine.health().store;
  await stop();
  const database = new DatabaseSync(join(dir, 'jobs.db'));
  const row = database.prepare('SELECT * FROM job').get()!;
  database.close();
  const rowChars = Object.values(row).reduce<number>((chars, value) => chars + String(value ?? '').length, 0);
  return { rowChars, commitsPerJob: commits };
}
