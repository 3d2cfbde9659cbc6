import type { BenchOptions } from '../bench.ts';
import { type Figure, figureOf } from '../figure.ts';
import { measureApart } from '../measure-apart.ts';
import { found, freshDir, kind, ms, type Part, workload } from './part.ts';
import { peerAbsence } from './peer/absence.ts';
import { peerFan } from './peer/measure-peer.ts';
import { sizes } from './sizes.ts';
import type { FanFound, FanGiven } from './workloads/fan.ts';

/** W2: one job of very many parallel nodes. */
export async function measureWide(options: BenchOptions): Promise<Part> {
  options.tell('W2');
  const figures = [
    ...(await fan(options, 1_000, sizes.fanRounds, 120)),
    ...(await fan(options, 10_000, sizes.largeFanRounds, 1_500)),
  ];
  if (!peerAbsence())
    figures.push(figureOf('W2 1,000 nodes joined, BullMQ flow', await peerFan(options.dir, 1_000), ms()));
  return found(figures);
}

async function fan(options: BenchOptions, width: number, rounds: number, goalMs: number): Promise<Figure[]> {
  const given = { dir: freshDir(options), width, rounds };
  const { ms: each, writesPerNode } = await measureApart<FanGiven, FanFound>(workload('fan'), given);
  const nodes = width.toLocaleString('en');
  return [
    figureOf(`W2 ${nodes} nodes joined`, each, ms(goalMs)),
    figureOf(`W2 ${nodes} nodes, store writes per node`, [writesPerNode], kind('writes', 'lower', 0.3)),
  ];
}
