import type { JsonObject } from '../../core/json.ts';
import { parseRetryPolicy } from '../../jobs/document/index.ts';
import { type Ask, askEngine, type Said } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type FileFault, locateFaults, readDocument } from './read-document.ts';
import { faultLines } from './read-job-file.ts';
import { nameAndVersion, policiesPath, policyPath } from './read-policies.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

interface Options {
  readonly json?: boolean;
}

/** The first version of a name, or the one after the newest. What is wrong with the file is told with its lines. */
export async function putPolicy(
  world: World,
  { url }: Settings,
  named: string,
  path: string,
  options: Options,
): Promise<number> {
  const read = await readPolicyFile(world, path);
  if (read.kind === 'faults') {
    for (const line of faultLines(path, read.faults)) world.terminal.err.write(`${line}\n`);
    return exitCodes.usage;
  }
  const ask = await askToPut(world, url, named, read.policy);
  if (ask.kind === 'problem') return tellProblem(world, ask);
  return told(world, await askEngine(world, url, ask.ask), options, 'version');
}

export async function deletePolicy(world: World, { url }: Settings, named: string, options: Options): Promise<number> {
  const { name, version } = nameAndVersion(named);
  const headers = version === undefined ? {} : { 'if-match': version };
  const said = await askEngine(world, url, { path: policyPath(name), method: 'DELETE', headers });
  return told(world, said, options, 'deleted, its last version was');
}

/** Who names no version replaces the newest that there is at this moment. */
async function askToPut(
  world: World,
  url: string,
  named: string,
  policy: JsonObject,
): Promise<{ readonly kind: 'ask'; readonly ask: Ask } | Extract<Said, { kind: 'problem' }>> {
  const { name, version } = nameAndVersion(named);
  const next = (seen: string) =>
    ({
      kind: 'ask',
      ask: { path: policyPath(name), method: 'PUT', body: policy, headers: { 'if-match': seen } },
    }) as const;
  if (version !== undefined) return next(version);
  const newest = await askEngine(world, url, { path: policyPath(name) });
  if (newest.kind === 'answer') return next(String(newest.body['version']));
  if (newest.code !== 'policy_not_found') return newest;
  return { kind: 'ask', ask: { path: policiesPath, method: 'POST', body: { name, policy } } };
}

type ReadPolicy =
  | { readonly kind: 'policy'; readonly policy: JsonObject }
  | { readonly kind: 'faults'; readonly faults: readonly FileFault[] };

async function readPolicyFile(world: World, path: string): Promise<ReadPolicy> {
  const text = (await world.readText(path)).replace(/^\uFEFF/, '');
  const read = await readDocument(path, text);
  if (read.kind === 'faults') return read;
  const parsed = parseRetryPolicy(read.document);
  return parsed.kind === 'policy' ? parsed : { kind: 'faults', faults: await locateFaults(text, parsed.faults) };
}

function told(world: World, said: Said, { json }: Options, what: string): number {
  if (said.kind === 'problem') return tellProblem(world, said);
  const { name, version } = said.body;
  world.terminal.out.write(json ? `${JSON.stringify(said.body)}\n` : `${String(name)} ${what} ${String(version)}\n`);
  return exitCodes.done;
}
