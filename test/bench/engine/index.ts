import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { measureLatency } from './latency.ts';
import { measureRawLimits } from './raw-limits.ts';
import { measureRecorded } from './recorded.ts';
import { sizes } from './sizes.ts';
import { measureStart } from './start.ts';
import { measureThroughput } from './throughput.ts';
import { measureWide } from './wide.ts';

/** How fast the engine is on its embedded default, beside BullMQ and beside what the machine itself can do. */
export const engineBench: Bench = {
  about: 'steps a second, latency, wide jobs, memory and start of the embedded default, beside BullMQ',
  run,
};

async function run(options: BenchOptions): Promise<Findings> {
  const parts = [];
  for (const measure of [
    measureThroughput,
    measureLatency,
    measureWide,
    measureRecorded,
    measureStart,
    measureRawLimits,
  ])
    parts.push(await measure(options));
  return {
    settings: { ...sizes, ...notes },
    figures: parts.flatMap(({ figures }) => figures),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

const notes = {
  store: 'SQLite in a file, WAL, synchronous=FULL',
  peer: 'BullMQ with redis-server, appendonly yes, appendfsync always',
  processes: 'each workload in a fresh process after a warm-up; ours and the peer take turns; medians of the rounds',
};
