import type { BenchOptions } from '../../bench.ts';
import { measureApart } from '../../measure-apart.ts';

/** What one contestant was found to be in each round. */
export type Rounds<Found> = ReadonlyMap<string, readonly Found[]>;

/** Contestants take turns, each time in a fresh process, so that what slows the machine for a while slows all of them. */
export async function inTurns<Found>(
  { tell }: BenchOptions,
  title: string,
  rounds: number,
  names: readonly string[],
  measure: (name: string) => Promise<Found>,
): Promise<Rounds<Found>> {
  const found = new Map<string, Found[]>(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    tell(`${title}, round ${round} of ${rounds}`);
    for (const name of names) found.get(name)!.push(await measure(name));
  }
  return found;
}

/** Runs a workload of the guards in a process of its own. */
export function apart<Given, Found>(workload: string, given: Given): Promise<Found> {
  return measureApart<Given, Found>(new URL(`../workloads/${workload}.ts`, import.meta.url), given);
}

export const contestantsIn = (file: string) => new URL(`../contestants/${file}.ts`, import.meta.url).href;
