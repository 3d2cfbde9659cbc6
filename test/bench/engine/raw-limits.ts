import type { BenchOptions } from '../bench.ts';
import { type Figure, figureOf } from '../figure.ts';
import { measureApart } from '../measure-apart.ts';
import { found, freshDir, kind, type Part, workload } from './part.ts';
import { sizes } from './sizes.ts';
import type { RawLimitsFound, RawLimitsGiven } from './workloads/raw-limits.ts';

/** What SQLite itself does here, so that a reader can judge the rest. */
export async function measureRawLimits(options: BenchOptions): Promise<Part> {
  options.tell('raw limits');
  return found([
    ...(await rawFigures('own', 'SQLite as it comes', options)),
    ...(await rawFigures('store', 'laid out as our store', options)),
  ]);
}

async function rawFigures(layout: RawLimitsGiven['layout'], which: string, options: BenchOptions): Promise<Figure[]> {
  const given = { dir: freshDir(options), layout, commits: sizes.rawCommits, rowChars: sizes.rawRowChars };
  const { single, many } = await measureApart<RawLimitsGiven, RawLimitsFound>(workload('raw-limits'), given);
  return [
    figureOf(`raw commits of 1 row, ${which}`, [single], kind('commits/s', 'higher')),
    figureOf(`raw commits of 64 rows, ${which}`, [many], kind('commits/s', 'higher')),
  ];
}
