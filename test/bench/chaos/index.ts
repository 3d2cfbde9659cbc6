import { mkdtempSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { readEmulatorWishes } from '../../../shared/wiring/config.ts';
import { openEmulators } from '../../../shared/wiring/emulators/open-emulators.ts';
import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { found, type Part, skip } from '../engine/part.ts';
import { runEmbedded } from './embedded.ts';
import { embeddedFigures, fleetFigures, spanFigures } from './figures.ts';
import { type Hosts, openChaosFleet } from './fleet.ts';
import { measureFleetStops, measureLostMessages, runFleet } from './fleet-run.ts';
import { noBudget } from './no-budget.ts';
import { recordedShapes } from './recordings.ts';
import { retry, sizes } from './sizes.ts';
import { measureStops } from './stops.ts';
import type { Verdict } from './verdict.ts';

/** Whether what was accepted ends, and how soon, while calls go wrong and processes are killed. */
export const chaosBench: Bench = {
  about: 'jobs under failing and hanging calls and kill -9 every 2 s: what is lost, stuck or late; --jobs, --seed',
  run,
};

async function run(options: BenchOptions): Promise<Findings> {
  const clock = createMachineClock();
  const { jobs = sizes.jobs, seed = sizes.seed } = options;
  const recordings = Object.keys(recordedShapes()).join(', ') || noRecordings;
  options.tell(`retry of every call: ${JSON.stringify(retry)}; ${notes.budget}\nrecorded workflows: ${recordings}`);
  const loadAtStart = loadavg()[0]!;
  options.tell(
    `load of the machine: ${loadAtStart.toFixed(1)}; times are only worth something where it is below the number of cores`,
  );
  const parts: Part[] = [];
  for (const failing of sizes.failingShares) parts.push(await measureEmbedded(clock, options, failing));
  options.tell('engines that are told to end');
  const stops = await measureStops({ clock, seed, dir: freshDir(options) });
  parts.push(
    found(spanFigures('embedded: SIGTERM to progress', stops, stopGoalMs)),
    await measureShared(clock, options),
  );
  return {
    settings: {
      ...plain(sizes),
      ...notes,
      jobs,
      seed,
      retry: JSON.stringify(retry),
      recordings,
      loadAtStart,
      loadAtEnd: loadavg()[0]!,
    },
    figures: parts.flatMap(({ figures }) => figures),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

const noRecordings = 'none, for there are no recordings beside the project: own shapes alone';

const calm = { failing: 0, hanging: 0 };

const stopGoalMs = 5_000;
const lostMessageGoalMs = 2_000;

async function measureEmbedded(clock: Clock, options: BenchOptions, failing: number): Promise<Part> {
  const { jobs = sizes.jobs, seed = sizes.seed, tell } = options;
  const title = `embedded, ${100 * failing} % failing:`;
  tell(`${title} ${jobs} jobs, seed ${seed}`);
  const shares = { failing, hanging: sizes.hangingShare };
  const done = await runEmbedded({ clock, seed, jobs, shares, dir: freshDir(options) });
  for (const said of done.complaints) tell(said);
  return { figures: embeddedFigures(title, done), skipped: breaches(title, done.verdict, done.strangers) };
}

/** Several executors on one store, on the emulators; where there are none it is skipped, in words. */
async function measureShared(clock: Clock, options: BenchOptions): Promise<Part> {
  const opened = await openEmulators(clock, ['firestore', 'pubsub'], readEmulatorWishes());
  if (opened.kind === 'missing') return skip('several engines on one store', opened.faults.join(' '));
  try {
    const { firestore = '', pubsub = '' } = opened.hosts;
    const hosts = { firestore, pubsub };
    const [chaos, calm] = [await measureKills(clock, options, hosts), await measureCalm(clock, options, hosts)];
    return { figures: [...chaos.figures, ...calm.figures], skipped: chaos.skipped };
  } finally {
    await opened.close();
  }
}

async function measureKills(clock: Clock, options: BenchOptions, hosts: Hosts): Promise<Part> {
  const { jobs = sizes.jobs, seed = sizes.seed, tell } = options;
  const shares = { failing: sizes.failingShares[0], hanging: sizes.hangingShare };
  const title = `fleet, ${100 * shares.failing} % failing:`;
  tell(title);
  await using fleet = await openChaosFleet({ clock, seed, hosts, shares, tickMs: sizes.fleetTickMs, tell });
  const done = await runFleet(clock, seed, Math.ceil(jobs * sizes.fleetShareOfJobs), fleet);
  return { figures: fleetFigures(title, done), skipped: breaches(title, done.verdict, fleet.target.strangers) };
}

async function measureCalm(clock: Clock, { seed = sizes.seed, tell }: BenchOptions, hosts: Hosts): Promise<Part> {
  await using fleet = await openChaosFleet({ clock, seed, hosts, shares: calm, tickMs: sizes.fastTickMs, tell });
  tell('instances that are told to end');
  const stops = await measureFleetStops(clock, seed, fleet);
  tell('lost messages');
  const lost = await measureLostMessages(clock, fleet);
  return found([
    ...spanFigures('fleet: SIGTERM to progress', stops, stopGoalMs),
    ...spanFigures('fleet: message lost to claimed', lost, lostMessageGoalMs),
  ]);
}

const breachesShown = 5;

/** A breach is a bug: it is told in words beside the figure that counts it. */
function breaches(title: string, verdict: Verdict, strangers: readonly string[]): Part['skipped'] {
  const { lost, stuck, doubleSettled, unlawful, failedWithoutTale } = verdict;
  const all = [...lost, ...stuck, ...doubleSettled, ...unlawful, ...failedWithoutTale, ...strangers];
  return all.slice(0, breachesShown).map((because) => ({ name: `${title} breach`, because }));
}

const freshDir = ({ dir }: BenchOptions) => mkdtempSync(join(dir, 'chaos-'));

function plain(given: Readonly<Record<string, unknown>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  );
}

const notes = {
  embedded: 'one `breakwater start` at a time on one SQLite file, killed with -9 every 2 s and started anew',
  fleet: 'three instances of execute-nodes on the emulators of Firestore and Pub/Sub, one of them killed every 2 s',
  target: 'one server in the process of the bench; a failing call is answered 503 or 500, or its connection is reset',
  budget: `BREAKWATER_RETRY_BUDGET_SHARE=${noBudget.BREAKWATER_RETRY_BUDGET_SHARE}: what is measured is recovery, and no retry waits for its target's budget`,
  judged: 'by the store alone, when all is over, and by what the target wrote down',
};
