import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../shared/core/error.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import { jobFromWfFormat } from '../../../shared/jobs/document/index.ts';
import { criticalPath, type Job } from '../../../shared/jobs/index.ts';
import { kind, ms, type Part, skip, times } from '../engine/part.ts';
import { specOf } from '../engine/workloads/shapes.ts';
import { figureOf } from '../figure.ts';
import { spanMs } from './chains.ts';
import { limitBeside } from './emulator-limit.ts';
import type { House } from './house.ts';
import { faultsOf } from './lawful.ts';
import { sizes } from './sizes.ts';
import { differenceOf } from './tally.ts';

/** Beside the project, not in it. */
const recordings = fileURLToPath(new URL('../../../../shared/data/wfinstances/', import.meta.url));
const paced = 'montage-chameleon-2mass-025d-001.json';

const patienceMs = 120_000;

/** W3: recorded workflows, each task as long as it ran, scaled: all of them at once, and one at a pace that it can keep. */
export async function measureRecorded(house: House): Promise<Part> {
  if (!existsSync(recordings)) return skip('W3', `there is no ${recordings}`);
  const files = readdirSync(recordings).filter((name) => name.endsWith('.json'));
  const before = await house.tally();
  const ids = [];
  for (const file of files) ids.push(await house.submit(documentOf(file, sizes.timeScale)));
  const jobs = await house.observer.whenCompleted(ids, patienceMs);
  const used = differenceOf(await house.tally(), before);
  const faults = await unlawful(house, jobs);
  const nodes = jobs.reduce((sum, { spec }) => sum + spec.nodes.length, 0);
  const pacedJob = await runPaced(house);
  const limit = await limitBeside(house, 'W3', sizes.executors);
  const [makespanMs, criticalPathMs] = [spanMs([pacedJob]), criticalMs(pacedJob)];
  return {
    figures: [
      figureOf('W3 recorded workflows completed', [jobs.length], kind('workflows', 'higher', 14)),
      figureOf('W3 breaches of law, by audit and executions', [faults.length], kind('breaches', 'lower', 0)),
      figureOf('W3 nodes', [nodes], kind('nodes', 'higher')),
      figureOf('W3 writes per node', [used.writes / nodes], kind('writes', 'lower')),
      figureOf('W3 reads per node', [used.reads / nodes], kind('reads', 'lower')),
      figureOf('W3 messages per node', [used.messages / nodes], kind('messages', 'lower')),
      figureOf('W3 all of them, submit to completed', [spanMs(jobs)], ms()),
      limit,
      figureOf(`${basename(paced, '.json')} makespan ÷ critical path`, [makespanMs / criticalPathMs], times(1.5)),
      figureOf(`${basename(paced, '.json')} critical path`, [criticalPathMs], ms()),
    ],
    skipped: faults.slice(0, faultsShown).map((because) => ({ name: 'W3 breach', because })),
  };
}

const faultsShown = 5;

async function runPaced(house: House): Promise<Job> {
  const id = await house.submit(documentOf(paced, sizes.makespanTimeScale));
  const [job] = await house.observer.whenCompleted([id], patienceMs);
  return job!;
}

const criticalMs = ({ spec }: Job) => criticalPath(spec, (node) => spec.nodes[node]!.expected ?? 0).ms;

function documentOf(file: string, timeScale: number): JsonObject {
  const read = jobFromWfFormat(JSON.parse(readFileSync(join(recordings, file), 'utf8')), timeScale);
  if (read.kind === 'faults') throw new CodedError('workflow_invalid', JSON.stringify(read.faults.slice(0, 3)));
  return specOf(read.document) as unknown as JsonObject;
}

async function unlawful(house: House, jobs: readonly Job[]): Promise<readonly string[]> {
  const executions = Map.groupBy(house.executions(), ({ jobId }) => jobId);
  const found: string[] = [];
  for (const job of jobs)
    found.push(...faultsOf(job, await house.observer.audit(job.id), executions.get(job.id) ?? []));
  return found;
}
