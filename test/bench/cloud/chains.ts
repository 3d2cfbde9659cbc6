import type { JsonObject } from '../../../shared/core/json.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import { kind, ms } from '../engine/part.ts';
import { inFlight } from '../engine/workloads/clients.ts';
import { chainOf } from '../engine/workloads/shapes.ts';
import { type Figure, figureOf } from '../figure.ts';
import { limitBeside } from './emulator-limit.ts';
import type { House } from './house.ts';
import { sizes } from './sizes.ts';
import { differenceOf, type Tally } from './tally.ts';

export interface ChainsFound {
  readonly figures: readonly Figure[];
  /** Of all rounds together. */
  readonly tallies: readonly Tally[];
  readonly nodesPerRound: number;
}

const patienceMs = 90_000;

/** W1: many jobs that are chains, submitted by several clients at once; from the first submit to the last end. */
export async function measureChains(house: House): Promise<ChainsFound> {
  const { chainJobs, chainWarmUpJobs, chainRounds, steps } = sizes;
  await runChains(house, chainWarmUpJobs);
  const rounds: { readonly tally: Tally; readonly jobs: readonly Job[] }[] = [];
  for (let round = 0; round < chainRounds; round++) {
    const before = await house.tally();
    const jobs = await runChains(house, chainJobs);
    rounds.push({ tally: differenceOf(await house.tally(), before), jobs });
  }
  const limit = await limitBeside(house, 'W1', sizes.chainClients);
  const nodes = chainJobs * steps;
  const of = (field: keyof Tally) => rounds.map(({ tally }) => tally[field] / nodes);
  const speeds = rounds.map(({ jobs }) => (nodes / spanMs(jobs)) * 1_000);
  const commits = rounds.map(({ tally, jobs }) => (tally.commits / spanMs(jobs)) * 1_000);
  const figures = [
    figureOf('W1 writes per node', of('writes'), kind('writes', 'lower', 1.4)),
    figureOf('W1 reads per node', of('reads'), kind('reads', 'lower', 0.2)),
    figureOf('W1 deletes per node', of('deletes'), kind('deletes', 'lower')),
    figureOf('W1 messages per node', of('messages'), kind('messages', 'lower', 0.3)),
    figureOf('W1 requests per node', of('requests'), kind('requests', 'lower')),
    figureOf('W1 CPU per node, all doors', of('cpuMs'), ms()),
    figureOf('W1 time with a request per node, all doors', of('busyMs'), ms()),
    figureOf('W1 nodes', speeds, kind('nodes/s', 'higher')),
    figureOf('W1 commits', commits, kind('commits/s', 'higher')),
    limit,
  ];
  return { figures, tallies: rounds.map(({ tally }) => tally), nodesPerRound: nodes };
}

/**
 * One at a time: what a job takes when nothing else is going on, from the client's request to its stored end, and what an instance that has
 * it for itself is charged.
 */
export async function measureLoneChains(house: House): Promise<ChainsFound> {
  const times: number[] = [];
  const before = await house.tally();
  for (let job = 0; job < sizes.latencyJobs; job++) {
    const submittedAt = Date.now();
    const id = await house.submit(chain);
    const [ended] = await house.observer.whenCompleted([id], patienceMs);
    times.push(ended!.header.endedAt! - submittedAt);
  }
  const tally = differenceOf(await house.tally(), before);
  const { latencyJobs, steps } = sizes;
  const figures = [
    figureOf(`chain of ${steps}, submit to completed`, times, ms()),
    figureOf(`chain of ${steps}, time with a request, all doors`, [tally.busyMs / latencyJobs], ms()),
    figureOf(`chain of ${steps}, the same by begun tenths of a second`, [tally.chargedMs / latencyJobs], ms()),
    await limitBeside(house, 'one chain', 1),
  ];
  return { figures, tallies: [tally], nodesPerRound: latencyJobs * steps };
}

const chain = chainOf(sizes.steps) as unknown as JsonObject;

async function runChains(house: House, count: number): Promise<readonly Job[]> {
  const ids: string[] = [];
  await inFlight(sizes.chainClients, count, async () => void ids.push(await house.submit(chain)));
  return house.observer.whenCompleted(ids, patienceMs);
}

export function spanMs(jobs: readonly Job[]): number {
  const begun = Math.min(...jobs.map(({ header }) => header.submittedAt));
  return Math.max(...jobs.map(({ header }) => header.endedAt!)) - begun;
}
