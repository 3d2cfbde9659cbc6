import { assumptions, type Cost, costOf, type PriceList, priceLists } from '../../../shared/jobs/report/index.ts';
import { kind } from '../engine/part.ts';
import { type Figure, figureOf } from '../figure.ts';
import { sizes } from './sizes.ts';
import { billedBytes, type Tally } from './tally.ts';

const million = 1_000_000;

/**
 * A million nodes of W1, from what a round of it used. The job's document is deleted once, when its retention is over. The CPU is what
 * the doors' processes really used: an instance that has enough to do is charged little more.
 */
export function millionNodesFigures(tallies: readonly Tally[], nodesPerRound: number): readonly Figure[] {
  const usd = (goal: number) => kind('USD', 'lower', goal);
  const costs = (prices: PriceList) => tallies.map((tally) => costOfMillion(tally, nodesPerRound, prices));
  const { regional, multiRegional } = priceLists;
  const totals = (prices: PriceList) => costs(prices).map(({ totalUsd }) => totalUsd);
  const parts = costs(regional);
  return [
    figureOf(`a million nodes, W1, Firestore in ${regional.region}`, totals(regional), usd(1.5)),
    figureOf(`a million nodes, W1, Firestore in ${multiRegional.region}`, totals(multiRegional), usd(3)),
    ...(['firestoreUsd', 'pubSubUsd', 'cloudRunUsd'] as const).map((part) =>
      figureOf(
        `of that in ${regional.region}, ${partNames[part]}`,
        parts.map((each) => each[part]),
        kind('USD', 'lower'),
      ),
    ),
  ];
}

const partNames = { firestoreUsd: 'Firestore', pubSubUsd: 'Pub/Sub', cloudRunUsd: 'Cloud Run' } as const;

export function costOfMillion(tally: Tally, nodes: number, prices: PriceList): Cost {
  const times = million / nodes;
  return costOf(
    {
      reads: tally.reads * times,
      writes: tally.writes * times,
      deletes: million / sizes.steps,
      pubSubBytes: billedBytes(tally) * times,
      requests: tally.requests * times,
      cpuSeconds: (tally.cpuMs / 1_000) * times,
      memoryGiB: assumptions.memoryGiB,
    },
    prices,
  );
}

const ticksPerMonth = (365.25 / 12) * 24 * 60;

/** An instance is charged by the begun tenth of a second. */
const secondsPerTickMin = 0.1;

/**
 * A month of nothing but ticks. What an account gets for nothing every month covers an idle engine many times over, so its bill is what is
 * left above that; without it, the schedule and the begun tenths of a second weigh most.
 */
export function idleFigures(tally: Tally): readonly Figure[] {
  const { list, billed } = idleMonth(tally, priceLists.regional);
  return [
    figureOf('reads per idle sweep', [tally.reads / sizes.ticks], kind('reads', 'lower')),
    figureOf('an idle month as billed, within free quotas', [billed], kind('USD', 'lower', 0.05)),
    figureOf('an idle month with no free quota at all', [list], kind('USD', 'lower')),
  ];
}

/** Per month, of an account or a project, and Firestore's by the day. Sources in `docs/cost.md`. */
const free = {
  readsPerDay: 50_000,
  pubSubBytes: 10e9,
  requests: 2_000_000,
  cpuSeconds: 180_000,
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
    cpuSeconds: Math.max(secondsPerTickMin * ticksPerMonth, perTick(tally.cpuMs) / 1_000),
    memoryGiB: assumptions.memoryGiB,
  };
  const above = (used: number, quota: number) => Math.max(0, used - quota);
  const left = {
    ...use,
    reads: above(use.reads, (free.readsPerDay * 365.25) / 12),
    pubSubBytes: above(use.pubSubBytes, free.pubSubBytes),
    requests: above(use.requests, free.requests),
    cpuSeconds: above(use.cpuSeconds, free.cpuSeconds),
  };
  return {
    list: costOf(use, prices).totalUsd + prices.scheduleMonthUsd,
    billed: costOf(left, prices).totalUsd + above(1, free.schedules) * prices.scheduleMonthUsd,
  };
}
