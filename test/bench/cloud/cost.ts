import { assumptions, type Cost, costOf, type PriceList, priceLists } from '../../../shared/jobs/report/index.ts';
import { kind } from '../engine/part.ts';
import { type Figure, figureOf } from '../figure.ts';
import { sizes } from './sizes.ts';
import { billedBytes, type Tally } from './tally.ts';

const million = 1_000_000;

/** A round of chains: what it used, and for how many nodes. */
interface Round {
  readonly tallies: readonly Tally[];
  readonly nodesPerRound: number;
}

/**
 * A million nodes of W1, from what a round of it used. The job's document is deleted once, when its retention is over. Cloud Run charges
 * the time in which an instance has a request, so it is told three times:
 *
 * - by the CPU that the doors' processes used: an instance that has always enough to do, less than which nobody is charged;
 * - by the time in which each process had a request: what this machine's instances would have been charged, whose two cores they
 *   share with the emulators, with the front and with the clients, and so wait for;
 * - for chains that come alone, by the begun tenth of a second: each request has an instance for itself.
 */
export function millionNodesFigures(crowded: Round, lone: Round): readonly Figure[] {
  const { regional, multiRegional } = priceLists;
  const totals = ({ tallies, nodesPerRound }: Round, time: InstanceTime, prices: PriceList) =>
    tallies.map((tally) => costOfMillion(tally, nodesPerRound, time, prices).totalUsd);
  const usd = (goal?: number) => kind('USD', 'lower', goal);
  const of = (prices: PriceList, goal: number) => {
    const name = `a million nodes, W1, Firestore in ${prices.region}`;
    return [
      figureOf(`${name}, full instances`, totals(crowded, 'cpuMs', prices), usd(goal)),
      figureOf(`${name}, instances as busy as here`, totals(crowded, 'busyMs', prices), usd(goal)),
      figureOf(`${name}, each chain alone`, totals(lone, 'chargedMs', prices), usd()),
    ];
  };
  return [...of(regional, 1.5), ...of(multiRegional, 3), ...partsOf(crowded, regional)];
}

function partsOf({ tallies, nodesPerRound }: Round, prices: PriceList): readonly Figure[] {
  const costs = tallies.map((tally) => costOfMillion(tally, nodesPerRound, 'cpuMs', prices));
  return Object.entries(partNames).map(([part, name]) =>
    figureOf(
      `of that in ${prices.region}, full instances, ${name}`,
      costs.map((each) => each[part as keyof Cost]),
      kind('USD', 'lower'),
    ),
  );
}

const partNames = { firestoreUsd: 'Firestore', pubSubUsd: 'Pub/Sub', cloudRunUsd: 'Cloud Run' } as const;

type InstanceTime = 'cpuMs' | 'busyMs' | 'chargedMs';

export function costOfMillion(tally: Tally, nodes: number, time: InstanceTime, prices: PriceList): Cost {
  const times = million / nodes;
  return costOf(
    {
      reads: tally.reads * times,
      writes: tally.writes * times,
      deletes: million / sizes.steps,
      pubSubBytes: billedBytes(tally) * times,
      requests: tally.requests * times,
      instanceSeconds: (tally[time] / 1_000) * times,
      memoryGiB: assumptions.memoryGiB,
    },
    prices,
  );
}

const ticksPerMonth = (365.25 / 12) * 24 * 60;

/**
 * A month of nothing but ticks. What an account gets for nothing every month covers an idle engine many times over, so its bill is what is
 * left above that; without it, the schedule and the begun tenths of a second weigh most.
 */
export function idleFigures(tally: Tally): readonly Figure[] {
  const { list, billed } = idleMonth(tally, priceLists.regional);
  return [
    figureOf('reads per idle sweep', [tally.reads / sizes.ticks], kind('reads', 'lower')),
    figureOf('an idle month, free quotas unused by others', [billed], kind('USD', 'lower', 0.05)),
    figureOf('an idle month, no free quota left', [list], kind('USD', 'lower', 0.05)),
  ];
}

/** Per month, of an account or a project, and Firestore's by the day. Sources in `docs/cost.md`. */
const free = {
  readsPerDay: 50_000,
  pubSubBytes: 10e9,
  requests: 2_000_000,
  instanceSeconds: 180_000,
  schedules: 3,
} as const;

export function idleMonth(tally: Tally, prices: PriceList): { readonly list: number; readonly billed: number } {
  const perTick = (count: number) => (count / sizes.ticks) * ticksPerMonth;
  const use = {
    reads: perTick(tally.reads),
    writes: perTick(tally.writes),
    deletes: 0,
    pubSubBytes: 2 * prices.pubSubBytesMin * ticksPerMonth,
    requests: ticksPerMonth,
    instanceSeconds: perTick(tally.chargedMs) / 1_000,
    memoryGiB: assumptions.memoryGiB,
  };
  const above = (used: number, quota: number) => Math.max(0, used - quota);
  const left = {
    ...use,
    reads: above(use.reads, (free.readsPerDay * 365.25) / 12),
    pubSubBytes: above(use.pubSubBytes, free.pubSubBytes),
    requests: above(use.requests, free.requests),
    instanceSeconds: above(use.instanceSeconds, free.instanceSeconds),
  };
  return {
    list: costOf(use, prices).totalUsd + prices.scheduleMonthUsd,
    billed: costOf(left, prices).totalUsd + above(1, free.schedules) * prices.scheduleMonthUsd,
  };
}
