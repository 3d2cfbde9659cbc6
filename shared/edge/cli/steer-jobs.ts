import type { Json, JsonObject } from '../../core/json.ts';
import { type Ask, askEngine, jobPath, type Said } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { documentOf, faultLines, type JobFileOptions, readJobFile } from './read-job-file.ts';
import type { Settings, World } from './world.ts';

/** Commands that change something on a running engine. */

export interface SubmitOptions extends JobFileOptions {
  readonly key?: string;
  readonly json?: boolean;
}

/** Prints the job's id, and nothing else on standard output. */
export async function submitFile(
  world: World,
  settings: Settings,
  path: string,
  options: SubmitOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const read = await readJobFile(world, path, options);
  const refuse = (lines: readonly string[]) => {
    for (const line of lines) err.write(`${line}\n`);
    return exitCodes.usage;
  };
  if (read.kind === 'faults') return refuse(faultLines(path, read.faults));
  const headers = options.key === undefined ? {} : { 'idempotency-key': options.key };
  const said = await askEngine(world, settings.url, {
    path: '/api/v3/jobs',
    method: 'POST',
    body: documentOf(read),
    headers,
  });
  if (said.kind === 'problem' && said.code === 'invalid_job')
    return refuse(faultLines(path, await read.locate(said.faults)));
  if (said.kind === 'problem') return tellProblem(world, said);
  if (said.isRepeated) err.write('this was submitted before under the same key\n');
  out.write(`${options.json ? JSON.stringify(said.body) : String(said.body['jobId'])}\n`);
  return exitCodes.done;
}

/** Why somebody asks for a change, and the key under which it happens once. */
export interface Asking {
  readonly reason?: string;
  readonly requestKey?: string;
}

export function cancelJob(world: World, settings: Settings, jobId: string, asking: Asking): Promise<number> {
  return steer(world, settings, { path: jobPath(jobId, 'cancel'), ...sentFor(asking) });
}

export function pauseJob(world: World, settings: Settings, jobId: string, asking: Asking): Promise<number> {
  return steer(world, settings, { path: jobPath(jobId, 'pause'), ...sentFor(asking) });
}

export function resumeJob(world: World, settings: Settings, jobId: string, asking: Asking): Promise<number> {
  return steer(world, settings, { path: jobPath(jobId, 'resume'), ...sentFor(asking) });
}

export function rollbackJob(world: World, settings: Settings, jobId: string, asking: Asking): Promise<number> {
  return steer(world, settings, { path: jobPath(jobId, 'rollback'), ...sentFor(asking) });
}

export function retryCompensation(
  world: World,
  settings: Settings,
  jobId: string,
  nodeId: string,
  asking: Asking,
): Promise<number> {
  const path = jobPath(jobId, 'nodes', nodeId, 'retry-compensation');
  return steer(world, settings, { path, ...sentFor(asking) }, nodeLine);
}

/** The answer tells of the node: what becomes of the job is seen with `get`. */
export function skipNode(
  world: World,
  settings: Settings,
  jobId: string,
  nodeId: string,
  asking: Asking,
): Promise<number> {
  return steer(world, settings, { path: jobPath(jobId, 'nodes', nodeId, 'skip'), ...sentFor(asking) }, nodeLine);
}

export function signalJob(
  world: World,
  settings: Settings,
  jobId: string,
  { name, data, id }: { readonly name: string; readonly data: Json; readonly id?: string },
): Promise<number> {
  const headers = id === undefined ? {} : { 'idempotency-key': id };
  return steer(world, settings, { path: jobPath(jobId, 'signals', name), body: data, headers });
}

/** What goes along with a request: `more` is what its body has beside the reason. */
export function sentFor({ reason, requestKey }: Asking, more: JsonObject = {}): Pick<Ask, 'body' | 'headers'> {
  const body = { ...more, ...(reason !== undefined && { reason }) };
  return {
    ...(Object.keys(body).length > 0 && { body }),
    ...(requestKey !== undefined && { headers: { 'idempotency-key': requestKey } }),
  };
}

async function steer(world: World, { url }: Settings, ask: Ask, lineOf = jobLine): Promise<number> {
  const said = await askEngine(world, url, { ...ask, method: 'POST' });
  if (said.kind === 'problem') return tellProblem(world, said);
  world.terminal.out.write(`${lineOf(said.body)}${repeatedNote(said)}\n`);
  return exitCodes.done;
}

export function repeatedNote({ isRepeated }: { readonly isRepeated: boolean }): string {
  return isRepeated ? ' (this had been done before)' : '';
}

export function jobLine({ jobId, state }: JsonObject): string {
  return `${String(jobId)} ${String(state)}`;
}

export function nodeLine({ jobId, nodeId, state }: JsonObject): string {
  return `${String(jobId)} ${String(nodeId)} ${String(state)}`;
}

/** What it was, what to do, and every field that is wrong. */
export function tellProblem({ terminal }: World, { lines, faults, code }: Extract<Said, { kind: 'problem' }>): number {
  terminal.err.write(`breakwater: ${lines.join('. ')}\n`);
  for (const { path, message } of faults.slice(lines.length > 0 ? 1 : 0))
    terminal.err.write(`  ${path === '' ? '' : `${path}: `}${message}\n`);
  return code === 'invalid_request' || code === 'malformed_body' ? exitCodes.usage : exitCodes.failed;
}
