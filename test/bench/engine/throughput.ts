import type { BenchOptions } from '../bench.ts';
import { type Figure, figureOf } from '../figure.ts';
import { measureApart } from '../measure-apart.ts';
import { found, freshDir, kind, ms, type Part, perSecond, workload } from './part.ts';
import { peerAbsence } from './peer/absence.ts';
import { type PeerRound, peerRound } from './peer/measure-peer.ts';
import { ways } from './peer/ways.ts';
import { sizes } from './sizes.ts';
import type { ChainsFound, ChainsGiven } from './workloads/chains.ts';

/** W1: ours on both stores and BullMQ, in turns. */
export async function measureThroughput(options: BenchOptions): Promise<Part> {
  const absence = peerAbsence();
  const sqlite: ChainsFound[] = [];
  const memory: ChainsFound[] = [];
  const peer: PeerRound[] = [];
  for (let round = 1; round <= sizes.rounds; round++) {
    options.tell(`W1, round ${round} of ${sizes.rounds}`);
    sqlite.push(await chains('sqlite', options));
    if (absence === undefined) peer.push(await peerRound(options.dir));
    memory.push(await chains('memory', options));
  }
  const own = ownFigures(sqlite, memory);
  if (absence === undefined) return found([...own, ...peerFigures(sqlite, peer)]);
  return { figures: own, skipped: [{ name: 'BullMQ and the ratio to it', because: absence }] };
}

function chains(store: ChainsGiven['store'], options: BenchOptions): Promise<ChainsFound> {
  const { jobs, steps, clients, warmUpJobs } = sizes;
  const given = { store, dir: freshDir(options), jobs, steps, clients, warmUpJobs };
  return measureApart<ChainsGiven, ChainsFound>(workload('chains'), given);
}

function ownFigures(sqlite: readonly ChainsFound[], memory: readonly ChainsFound[]): Figure[] {
  return [
    figureOf('W1 steps, SQLite', all(sqlite, 'stepsPerSecond'), perSecond(12_000)),
    figureOf('W1 steps, memory store', all(memory, 'stepsPerSecond'), perSecond()),
    figureOf('W1 CPU per step, SQLite', all(sqlite, 'cpuMsPerStep'), ms(0.1)),
    figureOf('W1 CPU per step, memory store', all(memory, 'cpuMsPerStep'), ms(0.05)),
    figureOf('W1 store writes per node', all(sqlite, 'writesPerNode'), kind('writes', 'lower', 1.4)),
    figureOf('W1 fsyncs per node', all(sqlite, 'fsyncsPerNode'), kind('fsyncs', 'lower')),
    figureOf('W1 peak resident, SQLite', all(sqlite, 'peakMiB'), kind('MiB', 'lower', 150)),
  ];
}

/** Ratios round by round, so that what slows the machine for a while slows both. */
function peerFigures(own: readonly ChainsFound[], peer: readonly PeerRound[]): Figure[] {
  return ways.flatMap((way) => {
    const theirs = peer.map((round) => round[way].stepsPerSecond);
    const ratios = theirs.map((speed, round) => own[round]!.stepsPerSecond / speed);
    const cpu = peer.flatMap((round) => round[way].cpuMsPerStep ?? []);
    return [
      figureOf(`W1 ÷ BullMQ ${way}`, ratios, kind('×', 'higher', way === 'saved' ? 3 : undefined)),
      figureOf(`W1 steps, BullMQ ${way}`, theirs, perSecond()),
      ...(cpu.length > 0 ? [figureOf(`W1 CPU per step, BullMQ ${way} with Redis`, cpu, ms())] : []),
    ];
  });
}

function all(rounds: readonly ChainsFound[], field: keyof ChainsFound): number[] {
  return rounds.map((round) => round[field]);
}
