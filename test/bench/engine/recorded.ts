import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../bench.ts';
import { figureOf } from '../figure.ts';
import { measureApart } from '../measure-apart.ts';
import { found, freshDir, ms, type Part, skip, times, workload } from './part.ts';
import { sizes } from './sizes.ts';
import type { RecordedFound, RecordedGiven } from './workloads/recorded.ts';

/** Beside the project, not in it. */
const recordings = new URL('../../../../shared/data/wfinstances/', import.meta.url);

/** W3: what the engine adds to a real workflow. */
export async function measureRecorded(options: BenchOptions): Promise<Part> {
  options.tell('W3');
  const file = fileURLToPath(new URL('bwa-chameleon-large-002.json', recordings));
  if (!existsSync(file)) return skip('W3', `there is no ${file}`);
  const given = { dir: freshDir(options), file, timeScale: sizes.timeScale, rounds: sizes.recordedRounds };
  const { makespansMs, criticalPathMs } = await measureApart<RecordedGiven, RecordedFound>(workload('recorded'), given);
  const ratios = makespansMs.map((makespan) => makespan / criticalPathMs);
  return found([
    figureOf('W3 makespan ÷ critical path', ratios, times(1.1)),
    figureOf('W3 makespan', makespansMs, ms()),
    figureOf('W3 critical path', [criticalPathMs], ms()),
  ]);
}
