import { readFileSync } from 'node:fs';
import { CodedError } from '../../../../shared/core/error.ts';
import { jobFromWfFormat } from '../../../../shared/jobs/document/index.ts';
import { criticalPath } from '../../../../shared/jobs/index.ts';
import { startEngine } from './own-engine.ts';
import { specOf } from './shapes.ts';

export interface RecordedGiven {
  readonly dir: string;
  readonly file: string;
  readonly timeScale: number;
  readonly rounds: number;
}

export interface RecordedFound {
  /** From submit until the end is known. */
  readonly makespansMs: readonly number[];
  readonly criticalPathMs: number;
  readonly nodes: number;
  readonly edges: number;
}

/** W3: a recorded workflow, each task as long as it ran, scaled. The first run in a fresh engine counts, too. */
export async function measure({ dir, file, timeScale, rounds }: RecordedGiven): Promise<RecordedFound> {
  const read = jobFromWfFormat(JSON.parse(readFileSync(file, 'utf8')), timeScale);
  if (read.kind === 'faults') throw new CodedError('workflow_invalid', JSON.stringify(read.faults.slice(0, 3)));
  const spec = specOf(read.document);
  const { runToEnd, stop } = await startEngine('sqlite', dir);
  const makespansMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await runToEnd(spec);
    makespansMs.push(performance.now() - start);
  }
  await stop();
  return {
    makespansMs,
    criticalPathMs: criticalPath(spec, (node) => spec.nodes[node]!.expected ?? 0).ms,
    nodes: spec.nodes.length,
    edges: spec.nodes.reduce((edges, { dependsOn }) => edges + (dependsOn?.length ?? 0), 0),
  };
}
