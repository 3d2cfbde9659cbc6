import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchAction } from '../../../shared/jobs/batch/index.ts';
import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { type Figure, figureOf, type Kind } from '../figure.ts';
import { measureApart } from '../measure-apart.ts';
import { killOnce } from './kill-once.ts';
import { sizes } from './sizes.ts';
import type { Acted, ActGiven } from './workloads/act.ts';
import type { FailGiven } from './workloads/fail.ts';
import type { Judged } from './workloads/judge.ts';
import type { ShopGiven } from './workloads/shop.ts';

/** How long one action on many jobs takes on the embedded default, and what a crash in the midst of it does. */
export const batchBench: Bench = {
  about: 'one action on 10,000 jobs on the embedded default, and with its engine killed in between (--jobs)',
  run,
};

async function run(options: BenchOptions): Promise<Findings> {
  const { jobs = sizes.jobs, tell } = options;
  const redriven: Acted[] = [];
  const cancelled: Acted[] = [];
  for (let round = 1; round <= sizes.rounds; round++) {
    tell(`round ${round} of ${sizes.rounds}: jobs that fail, then redrive and cancel`);
    const dir = await aShop(options, jobs);
    redriven.push(await act(dir, jobs, 'redrive'));
    cancelled.push(await act(dir, jobs, 'cancel'));
  }
  tell('a redrive whose engine is killed');
  const crashed = await killedInBetween(await aShop(options, jobs), jobs);
  return {
    settings: { ...sizes, jobs, ...notes },
    figures: [...figuresOf(redriven, 'redrive', jobs), ...figuresOf(cancelled, 'cancel', jobs), ...crashed],
    skipped: [],
  };
}

const workload = (name: string) => new URL(`./workloads/${name}.ts`, import.meta.url);

async function aShop({ dir: parent }: BenchOptions, jobs: number): Promise<string> {
  const dir = mkdtempSync(join(parent, 'shop-'));
  await measureApart<FailGiven, unknown>(workload('fail'), { dir, jobs, clients: sizes.clients });
  return dir;
}

function act(dir: string, jobs: number, action: BatchAction): Promise<Acted> {
  const { ratePerSecond } = sizes;
  return measureApart<ActGiven, Acted>(workload('act'), { dir, jobs, action, ratePerSecond });
}

async function killedInBetween(dir: string, jobs: number): Promise<Figure[]> {
  const begin = performance.now();
  const given = { dir, jobs, action: 'redrive', ratePerSecond: sizes.ratePerSecond } as const;
  const passed = await killOnce(given, jobs * sizes.killedAtShare);
  const { done } = await act(dir, jobs, 'redrive');
  const seconds = (performance.now() - begin) / 1_000;
  const { once, never, twice, told, toldTwice } = await measureApart<ShopGiven, Judged>(workload('judge'), {
    dir,
    jobs,
  });
  return [
    figureOf('killed: told of when it was killed', [passed], count()),
    figureOf('killed: both processes together', [seconds], { unit: 's', better: 'lower', goal: 60 }),
    figureOf('killed: jobs done, as the batch tells', [done], count(jobs, 'higher')),
    figureOf('killed: jobs acted on once, as their audits tell', [once], count(jobs, 'higher')),
    figureOf('killed: jobs acted on never or twice', [never + twice], count(0)),
    figureOf('killed: jobs with a result', [told], count(jobs, 'higher')),
    figureOf('killed: results told twice', [toldTwice], count(0)),
  ];
}

function figuresOf(rounds: readonly Acted[], action: BatchAction, jobs: number): Figure[] {
  const all = (field: keyof Acted) => rounds.map((round) => round[field]);
  return [
    figureOf(`${action}: from the request to the end`, all('seconds'), { unit: 's', better: 'lower', goal: 60 }),
    figureOf(`${action}: jobs done`, all('done'), count(jobs, 'higher')),
    figureOf(`${action}: writes a job`, all('writesPerJob'), { unit: 'writes', better: 'lower' }),
    figureOf(`${action}: reads a job`, all('readsPerJob'), { unit: 'reads', better: 'lower' }),
  ];
}

function count(goal?: number, better: Kind['better'] = 'lower'): Kind {
  return { unit: 'jobs', better, ...(goal !== undefined && { goal }) };
}

const notes = {
  store: 'SQLite in a file, WAL, synchronous=FULL',
  redrive: 'jobs of two nodes whose second has failed; they run again and complete while the batch goes on',
  killed: 'SIGKILL in the midst of the batch; a second process goes on with it',
};
