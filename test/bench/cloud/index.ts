import { loadavg } from 'node:os';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { readEmulatorWishes } from '../../../shared/wiring/config.ts';
import { openEmulators } from '../../../shared/wiring/emulators/open-emulators.ts';
import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { kind } from '../engine/part.ts';
import { figureOf } from '../figure.ts';
import { measureChains, measureLoneChains } from './chains.ts';
import { idleFigures, millionNodesFigures } from './cost.ts';
import { measureFans } from './fan.ts';
import { type Hosts, type House, openHouse } from './house.ts';
import { measureIdle } from './idle.ts';
import { measureRecorded } from './recorded.ts';
import { sizes } from './sizes.ts';
import { differencesOf } from './tally.ts';
import { measureTimers, setLongDelays } from './timers.ts';

/** What the engine uses of Google Cloud, and costs there, with every door a process behind real pushes. */
export const cloudBench: Bench = {
  about: 'documents, messages, conflicts and USD on the emulators of Firestore and Pub/Sub; timers; recorded workflows',
  run,
};

async function run(options: BenchOptions): Promise<Findings> {
  const opened = await openEmulators(createMachineClock(), ['firestore', 'pubsub'], readEmulatorWishes());
  if (opened.kind === 'missing') throw new CodedError('emulator_missing', opened.faults.join('\n'));
  try {
    const { firestore = '', pubsub = '' } = opened.hosts;
    return await measureAll(options, { firestore, pubsub });
  } finally {
    await opened.close();
  }
}

/** Delays of minutes run while the rest is measured, and end when the machine is quiet again. */
async function measureAll({ dir, tell }: BenchOptions, hosts: Hosts): Promise<Findings> {
  const loadAtStart = loadavg()[0]!;
  const timing = await openHouse({ hosts, dir, tell, instances: {}, tickMs: 60_000 });
  try {
    const long = await setLongDelays(timing);
    const measured = await measureWork(hosts, { dir, tell });
    tell('timers');
    const timers = await measureTimers(timing, long);
    return {
      settings: { ...sizes, ...notes, loadAtStart, loadAtEnd: loadavg()[0]! },
      figures: [...measured.figures, ...timers],
      skipped: measured.skipped,
    };
  } finally {
    await timing.close();
  }
}

async function measureWork(hosts: Hosts, { dir, tell }: BenchOptions): Promise<Pick<Findings, 'figures' | 'skipped'>> {
  const house = await openHouse({ hosts, dir, tell, instances: { 'execute-nodes': sizes.executors }, tickMs: 0 });
  try {
    return await measureIn(house, tell);
  } catch (thrown) {
    tell(house.fleet.tails());
    throw thrown;
  } finally {
    await house.close();
  }
}

async function measureIn(house: House, tell: BenchOptions['tell']): Promise<Pick<Findings, 'figures' | 'skipped'>> {
  tell('W1');
  const chains = await measureChains(house);
  const lone = await measureLoneChains(house);
  tell('idle sweeps');
  const idle = await measureIdle(house);
  tell('W2');
  const fans = await measureFans(house);
  tell('W3');
  const recorded = await measureRecorded(house);
  const costs = [...millionNodesFigures(chains, lone), ...idleFigures(idle)];
  const differences = differencesOf(await house.tally());
  const doubt = figureOf('counts that the store tells otherwise', [differences.length], kind('counts', 'lower', 0));
  return {
    figures: [...chains.figures, ...lone.figures, ...fans, ...recorded.figures, ...costs, doubt],
    skipped: [...recorded.skipped, ...differences.map((because) => ({ name: 'a count in doubt', because }))],
  };
}

const notes = {
  store: "Google's Firestore emulator",
  queue: "Google's Pub/Sub emulator, every message by push",
  processes: 'each door as functions-framework serves it, four of execute-nodes, behind a front that takes turns',
  counted:
    'at the wire: everything that the doors asked of Firestore and Pub/Sub; the observer reads by connections of its own that are not counted',
  conflicts:
    'commits that Firestore refused, by precondition or as aborted, for each that it took; those of parcels as well',
  speeds:
    'all of it shares the cores of this machine; what the emulator does alone stands beside each, and its push takes 50 ms at the median',
  prices: 'docs/cost.md',
};
