import { runWorld, type WorldReport } from './run-world.ts';
import { settingsOfSeed } from './settings.ts';

/** What many worlds came to. Plain data, so that workers can send it. */
export interface Statistics {
  worlds: number;
  failed: number[];
  events: number;
  commits: number;
  crashes: number;
  conflicts: number;
  faults: number;
  /** Moves of jobs that were seen: `queued → running`. */
  moves: string[];
}

export function noStatistics(): Statistics {
  return { worlds: 0, failed: [], events: 0, commits: 0, crashes: 0, conflicts: 0, faults: 0, moves: [] };
}

export async function runMany(
  from: number,
  count: number,
  onFailure: (report: WorldReport) => Promise<void> | void = () => {},
): Promise<Statistics> {
  const sum = noStatistics();
  const moves = new Set<string>();
  for (let seed = from; seed < from + count; seed++) {
    const report = await runWorld(settingsOfSeed(seed));
    sum.worlds++;
    sum.events += report.events;
    sum.commits += report.commits;
    sum.crashes += report.crashes;
    sum.conflicts += report.conflicts;
    sum.faults += report.injected.length;
    for (const move of report.moves) moves.add(move);
    if (report.failures.length === 0) continue;
    sum.failed.push(seed);
    await onFailure(report);
  }
  sum.moves = [...moves].sort();
  return sum;
}

export function addStatistics(all: readonly Statistics[]): Statistics {
  return all.reduce(
    (sum, each) => ({
      worlds: sum.worlds + each.worlds,
      failed: [...sum.failed, ...each.failed].sort((a, b) => a - b),
      events: sum.events + each.events,
      commits: sum.commits + each.commits,
      crashes: sum.crashes + each.crashes,
      conflicts: sum.conflicts + each.conflicts,
      faults: sum.faults + each.faults,
      moves: [...new Set([...sum.moves, ...each.moves])].sort(),
    }),
    noStatistics(),
  );
}

export function tellStatistics(sum: Statistics, ms: number): string {
  const { worlds, failed, events, commits, crashes, conflicts, faults } = sum;
  return (
    `${worlds} worlds, ${failed.length} failed, ${events} audit lines in ${commits} commits, ${faults} faults, ` +
    `${crashes} deaths, ${conflicts} conflicts, ${(ms / 1_000).toFixed(1)} s (${Math.round((worlds * 1_000) / ms)} worlds/s)`
  );
}
