import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { type Figure, figureOf, type Kind } from '../../figure.ts';
import { driftOf, type Judged, judge, phases } from './judge.ts';
import { contestants } from './limiters.ts';

const seeds = [1, 2, 3, 4, 5];

/** How limits that find themselves compare, at one simulated target whose load and capacity change. Settings say of what. */
export async function measureAdaptiveLimit({ tell }: BenchOptions): Promise<Part> {
  return found(
    Object.entries(contestants).flatMap(([name, make]) => {
      tell(`adaptive limit, ${name}`);
      const drifts = seeds.map((seed) => driftOf(make(), seed));
      const runs = seeds.map((seed) => judge(make(), seed));
      const drift = goalOf('×', 'lower', name === 'ours', 1);
      return [...figuresOf(name, runs), figureOf(`adaptive limit, 5 % load: drift, ${name}`, drifts, drift)];
    }),
  );
}

/** Each run gives one of all phases. */
function figuresOf(name: string, runs: readonly (readonly Judged[])[]): Figure[] {
  const isOurs = name === 'ours';
  const figure = (what: string, of: (judged: Judged) => number, phase: string, goal: Kind) => {
    const rounds = runs.map((run) => of(run.find((each) => each.phase.name === phase)!));
    return figureOf(`adaptive limit, ${phase}: ${what}, ${name}`, rounds, goal);
  };
  const busy = phases.map((phase) => phase.name).filter((phase) => phase !== beside);
  return [
    ...busy.map((phase) => figure('goodput', (each) => each.goodput, phase, goalOf('', 'higher', isOurs, 0.99))),
    ...busy.map((phase) => figure('settled', (each) => each.settledAfterS, phase, goalOf('s', 'lower', isOurs, 5))),
    figure('latency', (each) => each.latency, '160 % load', kind('×', 'lower')),
    figure('goodput', (each) => each.goodput, beside, kind('', 'higher')),
  ];
}

/** What the goals do not speak of: nothing is wrong with the capacity, each call takes longer by itself. */
const beside = 'calls twice as long';

function goalOf(unit: string, better: Kind['better'], isOurs: boolean, goal: number): Kind {
  return kind(unit, better, isOurs ? goal : undefined);
}
