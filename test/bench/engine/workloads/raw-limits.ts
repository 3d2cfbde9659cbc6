import { join } from 'node:path';
import { median } from '../../statistics.ts';
import { oneByOne } from './clients.ts';
import { type Layout, openRawCommits } from './raw-commits.ts';

export interface RawLimitsGiven {
  readonly dir: string;
  readonly layout: Layout;
  readonly commits: number;
  readonly rowChars: number;
}

export interface RawLimitsFound {
  /** Commits of one row a second, by their median. */
  readonly single: number;
  /** Commits of 64 rows a second. */
  readonly many: number;
}

export async function measure({ dir, layout, commits, rowChars }: RawLimitsGiven): Promise<RawLimitsFound> {
  const raw = openRawCommits(join(dir, 'raw.db'), layout);
  const perSecond = async (rows: number) =>
    1_000 / median(await oneByOne(commits, () => raw.commitRows(rows, rowChars)));
  await perSecond(1);
  const found = { single: await perSecond(1), many: await perSecond(64) };
  raw.close();
  return found;
}
