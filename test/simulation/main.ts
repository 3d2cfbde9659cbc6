import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { tellFault } from './faults.ts';
import { addStatistics, runMany, type Statistics, tellStatistics } from './run-many.ts';
import { runWorld, type WorldReport } from './run-world.ts';
import { settingsOfSeed, startOfTime } from './settings.ts';
import { shrink } from './shrink.ts';

/**
 * `--seed N` repeats one world and tells all of it; `--seeds N [--from S] [--workers W]` runs many and ends with a count. A world
 * that fails is shrunk and told.
 */
interface Share {
  readonly from: number;
  readonly count: number;
}

const tellMax = 60;
/** Failing worlds that are shrunk and told whole; of the others only the seed and the sentence. */
const shrunkMax = 3;

if (isMainThread) await main();
else parentPort!.postMessage(await runShare(workerData as Share));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
    },
  });
  if (values.seed !== undefined) return tellOne(numberOf('seed', values.seed));
  const count = numberOf('seeds', values.seeds ?? '500');
  await tellMany(numberOf('from', values.from), count, numberOf('workers', values.workers));
}

async function tellOne(seed: number): Promise<void> {
  const report = await runWorld(settingsOfSeed(seed));
  say(report.trace.join('\n'));
  say(`seed ${seed}, trace ${report.fingerprint}, ${report.failures.length === 0 ? 'lawful' : 'FAILED'}`);
  if (report.failures.length > 0) await tellFailure(report);
}

async function tellMany(from: number, count: number, workers: number): Promise<void> {
  const began = performance.now();
  const each = Math.ceil(count / workers);
  const shares = Array.from({ length: workers }, (_, worker) => ({
    from: from + worker * each,
    count: Math.max(0, Math.min(each, count - worker * each)),
  }));
  const sums = await Promise.all(workers === 1 ? shares.map(runShare) : shares.map(runInWorker));
  const sum = addStatistics(sums);
  if (sum.failed.length > 0) say(`failed: ${sum.failed.join(' ')}`);
  say(tellStatistics(sum, performance.now() - began));
}

function runInWorker(share: Share): Promise<Statistics> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function runShare({ from, count }: Share): Promise<Statistics> {
  let told = 0;
  return runMany(from, count, async (report) => {
    process.exitCode = 1;
    if (told++ < shrunkMax) await tellFailure(report);
    else say(`seed ${report.settings.seed}: ${report.failures[0]}`);
  });
}

async function tellFailure(report: WorldReport): Promise<void> {
  const { seed } = report.settings;
  const { settings, injected, trace, failures } = await shrink(report);
  say(`\nseed ${seed} FAILED`);
  say(`shrunk to ${JSON.stringify({ ...settings, only: undefined })}`);
  say(`${injected.length} faults of ${report.injected.length} are needed:`);
  for (const fault of injected) say(`  ${tellFault(fault, startOfTime)}`);
  say(trace.slice(-tellMax).join('\n'));
  for (const failure of failures) say(`  ✗ ${failure}`);
  say(`again: npm run simulate -- --seed ${seed}\n`);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} takes a whole number, not ${text}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
