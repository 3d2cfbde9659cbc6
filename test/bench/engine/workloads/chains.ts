import { inFlight } from './clients.ts';
import { type StoreKind, startEngine } from './own-engine.ts';
import { chainOf } from './shapes.ts';

export interface ChainsGiven {
  readonly store: StoreKind;
  readonly dir: string;
  readonly jobs: number;
  readonly steps: number;
  readonly clients: number;
  readonly warmUpJobs: number;
}

export interface ChainsFound {
  readonly stepsPerSecond: number;
  /** Of the whole process, all its threads, the clients included. */
  readonly cpuMsPerStep: number;
  readonly writesPerNode: number;
  readonly fsyncsPerNode: number;
  /** Most that was resident, from the start of the process: Node, the engine, its store, the clients and the warm-up. */
  readonly peakMiB: number;
}

/** W1: many short chains, from several clients at once. */
export async function measure({ store, dir, jobs, steps, clients, warmUpJobs }: ChainsGiven): Promise<ChainsFound> {
  const { engine, runToEnd, stop } = await startEngine(store, dir);
  const chain = chainOf(steps);
  await inFlight(clients, warmUpJobs, () => runToEnd(chain));
  const before = { cpu: process.cpuUsage(), store: engine.health().store };
  const ms = await inFlight(clients, jobs, () => runToEnd(chain));
  const { user, system } = process.cpuUsage(before.cpu);
  const after = engine.health().store;
  await stop();
  const nodes = jobs * steps;
  return {
    stepsPerSecond: (nodes / ms) * 1_000,
    cpuMsPerStep: (user + system) / 1_000 / nodes,
    writesPerNode: (after.writes - before.store.writes) / nodes,
    fsyncsPerNode: (after.fsyncs - before.store.fsyncs) / nodes,
    peakMiB: process.resourceUsage().maxRSS / 1_024,
  };
}
