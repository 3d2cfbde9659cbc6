import {
  type Asked,
  anyPolicy,
  type Fault,
  jobFromWfFormat,
  looksLikeWfFormat,
  parseJobSpec,
} from '../../jobs/document/index.ts';
import type { JobSpec } from '../../jobs/index.ts';
import { type FileFault, locateFaults, readDocument } from './read-document.ts';
import { scaleTimes } from './scale-times.ts';
import type { World } from './world.ts';

export interface JobFileOptions {
  /** Found out by itself unless said. */
  readonly format?: 'breakwater' | 'wfformat';
  /** 1 unless said. */
  readonly timeScale?: number;
  /** An unfinished run of this file may be there, so that a deadline which has passed meanwhile is left to submit. */
  readonly repeated?: boolean;
}

export type ReadJobFile =
  | {
      readonly kind: 'job';
      readonly spec: JobSpec;
      /** Of a file that names retry policies, which only an engine knows: in the spec they say nothing. */
      readonly asked?: Asked;
      locate(faults: readonly Fault[]): Promise<FileFault[]>;
    }
  | { readonly kind: 'faults'; readonly faults: readonly FileFault[] };

/** From a file to a spec, or to every fault with its line. */
export async function readJobFile(world: World, path: string, options: JobFileOptions): Promise<ReadJobFile> {
  const text = (await world.readText(path)).replace(/^\uFEFF/, '');
  const read = await readDocument(path, text);
  if (read.kind === 'faults') return read;
  const isWorkflow = options.format ? options.format === 'wfformat' : looksLikeWfFormat(read.document);
  return isWorkflow
    ? readWorkflow(world, text, read.document, options)
    : readJob(world, text, read.document, options, (fault) => fault);
}

async function readWorkflow(
  world: World,
  text: string,
  document: unknown,
  { timeScale = 1 }: JobFileOptions,
): Promise<ReadJobFile> {
  const workflow = jobFromWfFormat(document, timeScale);
  if (workflow.kind === 'faults') return { kind: 'faults', faults: await locateFaults(text, workflow.faults) };
  return readJob(world, text, workflow.document, {}, taskOfNode);
}

/** Node 3 was made of task 3. */
function taskOfNode(fault: Fault): Fault {
  return { ...fault, path: fault.path.replace(/^nodes\[(\d+)\].*$/, 'workflow.specification.tasks[$1]') };
}

async function readJob(
  world: World,
  text: string,
  document: unknown,
  { timeScale = 1, repeated = false }: JobFileOptions,
  atHome: (fault: Fault) => Fault,
): Promise<ReadJobFile> {
  const locate = (faults: readonly Fault[]) => locateFaults(text, faults.map(atHome));
  const now = world.clock.now();
  const parsed = parseJobSpec(document, now, repeated, anyPolicy);
  if (parsed.kind === 'faults') return { kind: 'faults', faults: await locate(parsed.faults) };
  if (timeScale === 1) return { ...parsed, kind: 'job', locate };
  const scaled = parseJobSpec(scaleTimes(documentOf(parsed), timeScale), now, repeated, anyPolicy);
  if (scaled.kind === 'faults') return { kind: 'faults', faults: await locate(scaled.faults) };
  return { ...scaled, kind: 'job', locate };
}

/** What an engine is to be sent: names stay names. */
export function documentOf({ spec, asked }: { readonly spec: JobSpec; readonly asked?: Asked }): JobSpec {
  return asked ? (asked.document as unknown as JobSpec) : spec;
}

/** `job.yaml:12:5: nodes[3].delay: must not be negative`, as compilers say it. */
export function faultLines(path: string, faults: readonly FileFault[]): string[] {
  return faults.map(({ path: where, message, line, column }) => {
    const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
    return `${place}: ${where === '' ? '' : `${where}: `}${message}`;
  });
}
