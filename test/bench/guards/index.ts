import { messageOf } from '../../../shared/core/error.ts';
import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { type Part, skip } from '../engine/part.ts';
import { measureAdaptiveLimit } from './adaptive-limit/index.ts';
import { measureAmplification } from './parts/amplification.ts';
import { measureClosed, measurePipeline, measureRefusing } from './parts/calls.ts';
import { measureCascade } from './parts/cascade.ts';
import { measureCommands } from './parts/commands.ts';
import { measureOutage } from './parts/fleet.ts';
import { measureIdle, measureQueue } from './parts/keeping.ts';
import { measureKnown } from './parts/known.ts';
import { measureHandOver, measurePermitRate } from './parts/permits.ts';
import { measureFailure, measureFalseTrips, measureUntilOpen } from './parts/window.ts';
import { sizes } from './sizes.ts';

/** What guards cost and how soon they bite, beside opossum, cockatiel, p-queue, redis-semaphore and bottleneck. */
export const guardsBench: Bench = {
  about:
    'breakers and bulkheads of a fleet beside their peers: what they cost a call, how soon they bite, what they hold back',
  run,
};

async function run(options: BenchOptions): Promise<Findings> {
  const parts: Part[] = [];
  for (const measure of measurements) parts.push(await measured(measure, options));
  return {
    settings: { ...sizes, ...notes },
    figures: parts.flatMap(({ figures }) => figures),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

/** What can't be measured is told and keeps nothing else from being measured. */
async function measured(measure: (options: BenchOptions) => Promise<Part>, options: BenchOptions): Promise<Part> {
  try {
    return await measure(options);
  } catch (thrown) {
    options.tell(`${measure.name}: ${messageOf(thrown)}`);
    return skip(measure.name, messageOf(thrown));
  }
}

const measurements = [
  measureClosed,
  measurePipeline,
  measureRefusing,
  measureFailure,
  measureUntilOpen,
  measureFalseTrips,
  measureOutage,
  measureKnown,
  measureCommands,
  measurePermitRate,
  measureHandOver,
  measureQueue,
  measureIdle,
  measureAdaptiveLimit,
  measureAmplification,
  measureCascade,
];

const notes = {
  processes: 'each contestant of each round in a fresh process, in turns; medians of the rounds',
  calls:
    'CPU time of the whole process, garbage collection and compiler included; await fn() and the contestant take turns',
  leases: `of 1 s, since a store that has just begun gives no permits for one lease`,
  redis: 'a redis-server of its own on the loopback for each measurement, without persistence',
};
