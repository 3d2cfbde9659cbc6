import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { type Figure, figureOf, type Kind } from '../figure.ts';
import { bounds, callers } from './callers.ts';
import { type Measures, measure, partOf } from './measures.ts';
import { type Pattern, patterns } from './patterns.ts';
import { type Ended, simulate } from './simulate.ts';

/** How `adaptive` compares with each strategy that it chooses among, on targets that fail in ways of their own, in virtual time. */
export const adaptiveBench: Bench = {
  about: 'the strategy adaptive beside each fixed one: success, extra calls and time on five patterns of failure',
  run,
};

const hours = 6;
const seeds = [1, 2, 3, 4, 5];

async function run({ tell }: BenchOptions): Promise<Findings> {
  const figures = patterns.flatMap((pattern) => {
    tell(pattern.name);
    return callers.flatMap(({ name, make }) => figuresOf(pattern, name, make));
  });
  return { settings: { hours, seeds: seeds.length, ...bounds }, figures, skipped: [] };
}

function figuresOf(pattern: Pattern, name: string, make: (typeof callers)[number]['make']): Figure[] {
  const runs = seeds.map((seed) => simulate(pattern, make(), hours, seed));
  const all = rows(`${pattern.name}, ${name}`, runs);
  if (name !== 'adaptive') return all;
  const first = rows(
    `${pattern.name}, adaptive, first tenth`,
    runs.map((run) => partOf(run, 0, 0.1)),
  );
  const last = rows(
    `${pattern.name}, adaptive, last tenth`,
    runs.map((run) => partOf(run, 0.9, 1)),
  );
  return [...all, ...first, ...last];
}

function rows(name: string, runs: readonly (readonly Ended[])[]): Figure[] {
  const found = runs.map(measure);
  return Object.entries(kinds).flatMap(([measured, { what, ...kind }]) => {
    const rounds = found.map((each) => each[measured as keyof Measures]).filter((each) => !Number.isNaN(each));
    return rounds.length > 0 ? [figureOf(`${name}: ${what}`, rounds, kind)] : [];
  });
}

const kinds: Readonly<Record<keyof Measures, Kind & { readonly what: string }>> = {
  success: { what: 'success', unit: '%', better: 'higher' },
  extra: { what: 'extra calls', unit: 'per call', better: 'lower' },
  p50: { what: 'time to success p50', unit: 's', better: 'lower' },
  p99: { what: 'time to success p99', unit: 's', better: 'lower' },
};
