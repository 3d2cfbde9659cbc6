import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../shared/core/error.ts';
import { jobFromWfFormat } from '../../../shared/jobs/document/index.ts';
import { criticalPath, type JobSpec } from '../../../shared/jobs/index.ts';
import { specOf } from '../engine/workloads/shapes.ts';
import { jobOf, type Shape } from './shapes.ts';
import { sizes } from './sizes.ts';

/** Beside the project, not in it. */
const folder = fileURLToPath(new URL('../../../../shared/data/wfinstances/', import.meta.url));

/** Recorded workflows of up to `recordedNodesMost` tasks as shapes, by name; none where there are no recordings. */
export function recordedShapes(): Readonly<Record<string, Shape>> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const read = files.toSorted().map((file) => [basename(file, '.json'), readRecording(file)] as const);
  return Object.fromEntries(
    read
      .filter(([, { nodes }]) => nodes.length <= sizes.recordedNodesMost)
      .map(([name, spec]) => [name, shapeOf(spec)]),
  );
}

function readRecording(file: string): JobSpec {
  const read = jobFromWfFormat(JSON.parse(readFileSync(join(folder, file), 'utf8')), 1);
  if (read.kind === 'faults') throw new CodedError('workflow_invalid', JSON.stringify(read.faults.slice(0, 3)));
  return specOf(read.document);
}

/** Each task is a call that takes as long as it ran, scaled to the length that all recordings have here, and bounded. */
function shapeOf(spec: JobSpec): Shape {
  const scale = sizes.recordedMs / criticalPath(spec, (node) => spec.nodes[node]!.expected ?? 0).ms;
  return (name, call) =>
    jobOf(
      name,
      spec.nodes.map(({ id, dependsOn = [], expected = 0 }) => {
        const ms = Math.min(Math.round(expected * scale), sizes.recordedCallMsMost);
        return { id, ...call({ ms }), dependsOn: [...dependsOn] };
      }),
    );
}
