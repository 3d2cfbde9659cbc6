import { formatDuration } from '../../core/duration.ts';
import type { PolicyName } from '../../jobs/document/index.ts';
import type { JobSpec } from '../../jobs/index.ts';
import { planOf } from '../api/views.ts';
import { askEngine } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { paintOf } from './paint.ts';
import type { FileFault } from './read-document.ts';
import { documentOf, faultLines, type JobFileOptions, readJobFile } from './read-job-file.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** Says what a job file amounts to, or everything that is wrong with it. Needs no engine; `engine` is one to ask beside. */
export async function validateFile(
  world: World,
  engine: Settings | undefined,
  path: string,
  options: JobFileOptions & { readonly json?: boolean },
): Promise<number> {
  const { out, err } = world.terminal;
  const read = await readJobFile(world, path, options);
  if (read.kind === 'faults') return tellFaults(read.faults);
  const said = engine && (await askEngine(world, engine.url, { ...validation, body: documentOf(read) }));
  if (said?.kind === 'problem')
    return said.code === 'invalid_job' ? tellFaults(await read.locate(said.faults)) : tellProblem(world, said);
  if (!engine && read.asked) err.write(`${unaskedText(read.asked.policies)}\n`);
  const plan = planOf(read.spec) as unknown as Plan;
  if (options.json) out.write(`${JSON.stringify(plan)}\n`);
  else for (const line of planLines(world, path, read.spec, plan)) out.write(`${line}\n`);
  return exitCodes.done;

  function tellFaults(faults: readonly FileFault[]): number {
    for (const line of faultLines(path, faults)) err.write(`${line}\n`);
    if (options.json) out.write(`${JSON.stringify({ valid: false, faults })}\n`);
    return exitCodes.usage;
  }
}

function unaskedText(policies: readonly PolicyName[]): string {
  const names = [...new Set(policies.map(({ name }) => `\`${name}\``))];
  const which = listed(names, ', ');
  return `only an engine knows the retry ${names.length === 1 ? 'policy' : 'policies'} ${which}: ask one with --url`;
}

const validation = { path: '/api/v3/jobs/validate', method: 'POST' } as const;

interface Plan {
  readonly nodes: number;
  readonly edges: number;
  readonly parallelGroups: readonly (readonly string[])[];
  readonly criticalPath: { readonly nodes: readonly string[]; readonly expectedMs: number };
}

function planLines({ terminal }: World, path: string, spec: JobSpec, plan: Plan): string[] {
  const paint = paintOf(terminal.out);
  const { nodes: steps, expectedMs } = plan.criticalPath;
  const time = expectedMs > 0 ? `expected ${formatDuration(expectedMs)}` : 'by its number of nodes';
  return [
    `${paint.good('✔')} ${path} is valid: job ${paint.bold(spec.name)}, ${plan.nodes} nodes, ${plan.edges} edges`,
    `parallel groups: ${plan.parallelGroups.length}`,
    ...plan.parallelGroups.map((group, place) => `${String(place + 1).padStart(4)}  ${listed(group, ', ')}`),
    `critical path, ${time}:`,
    `      ${listed(steps, ' → ')}`,
  ];
}

const idsShown = 12;

function listed(ids: readonly string[], between: string): string {
  if (ids.length <= idsShown) return ids.join(between);
  return `${ids.slice(0, idsShown).join(between)}${between}… (${ids.length})`;
}
