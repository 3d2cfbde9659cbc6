import { CodedError, messageOf } from '../../core/error.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { askEngine, jobPath } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type FileFault, readDocument } from './read-document.ts';
import { documentOf, faultLines, readJobFile } from './read-job-file.ts';
import { type Asking, jobLine, repeatedNote, sentFor, tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export interface RedriveOptions extends Asking {
  readonly node?: readonly string[];
  readonly input?: string;
  readonly spec?: string;
}

/** What is wrong with the corrected file is told with its lines, whoever has found it. */
export async function redriveJob(
  world: World,
  { url }: Settings,
  jobId: string,
  options: RedriveOptions,
): Promise<number> {
  const refuse = (path: string, faults: readonly FileFault[]) => {
    for (const line of faultLines(path, faults)) world.terminal.err.write(`${line}\n`);
    return exitCodes.usage;
  };
  const input = await readInput(world, options.input);
  if (input?.kind === 'faults') return refuse(options.input!, input.faults);
  const file = options.spec === undefined ? undefined : await readJobFile(world, options.spec, {});
  if (file?.kind === 'faults') return refuse(options.spec!, file.faults);
  const more: JsonObject = {
    ...(options.node && { nodes: [...options.node] }),
    ...(input && { input: input.document as Json }),
    ...(file && { spec: documentOf(file) as unknown as Json }),
  };
  const path = jobPath(jobId, 'redrive');
  const said = await askEngine(world, url, { path, method: 'POST', ...sentFor(options, more) });
  if (said.kind === 'problem' && file && said.faults.some(({ path }) => isInSpec(path)))
    return refuse(
      options.spec!,
      await file.locate(said.faults.map((fault) => ({ ...fault, path: inFile(fault.path) }))),
    );
  if (said.kind === 'problem') return tellProblem(world, said);
  world.terminal.out.write(`${jobLine(said.body)}${repeatedNote(said)}\n`);
  return exitCodes.done;
}

/** JSON as it is, or a file that holds it. */
async function readInput(world: World, given: string | undefined) {
  if (given === undefined) return undefined;
  try {
    return { kind: 'document', document: JSON.parse(given) as unknown } as const;
  } catch (thrown) {
    if (/^\s*[{["]/.test(given))
      throw new CodedError('settings_invalid', `--input is no JSON: ${messageOf(thrown)}.`, { cause: thrown });
    return readDocument(given, await world.readText(given));
  }
}

const isInSpec = (path: string): boolean => path === 'spec' || path.startsWith('spec.');
const inFile = (path: string): string => path.replace(/^spec\.?/, '');
