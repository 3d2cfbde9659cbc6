import { CodedError } from '../../core/error.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { type Ask, askEngine } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { paintOf } from './paint.ts';
import { readDocument } from './read-document.ts';
import { type GuardKind, guardLines, guardPath } from './read-guards.ts';
import { faultLines } from './read-job-file.ts';
import { type Asking, repeatedNote, sentFor, tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** Commands by which somebody decides on a breaker or a bulkhead. */

export interface GuardAsking extends Asking {
  readonly json?: boolean;
}

export interface ForceOptions extends GuardAsking {
  readonly open?: boolean;
  readonly closed?: boolean;
  readonly disabled?: boolean;
  readonly shadow?: boolean;
  readonly for?: string;
  readonly until?: string;
}

const kinds = { open: 'forced_open', closed: 'forced_closed', disabled: 'disabled', shadow: 'shadow' } as const;

export async function forceBreaker(world: World, settings: Settings, name: string, options: ForceOptions) {
  const said = (Object.keys(kinds) as (keyof typeof kinds)[]).filter((each) => options[each]);
  const [which] = said;
  if (which === undefined || said.length > 1)
    throw new CodedError('settings_invalid', 'Say one of --open, --closed, --disabled and --shadow.');
  const { for: span, until } = options;
  const body = { kind: kinds[which], ...(span !== undefined && { for: span }), ...(until !== undefined && { until }) };
  const ask = { path: guardPath('breaker', name, 'force'), method: 'POST', ...sentFor(options, body) } as const;
  return steer(world, settings, 'breaker', ask, options);
}

export async function actOnGuard(
  world: World,
  settings: Settings,
  kind: GuardKind,
  action: 'release' | 'reset',
  name: string,
  options: GuardAsking,
) {
  const ask = { path: guardPath(kind, name, action), method: 'POST', ...sentFor(options) } as const;
  return steer(world, settings, kind, ask, options);
}

export interface ConfigureOptions extends GuardAsking {
  readonly preset?: string;
}

/** What the file says, and what the preset says where the file says nothing. */
export async function configureGuard(
  world: World,
  settings: Settings,
  kind: GuardKind,
  name: string,
  path: string | undefined,
  options: ConfigureOptions,
) {
  const { preset } = options;
  if (path === undefined && preset === undefined)
    throw new CodedError('settings_invalid', 'Say a file, or a preset with --preset.');
  const spec = path === undefined ? {} : await readSpec(world, path);
  if (spec === undefined) return exitCodes.usage;
  const body = { ...spec, ...(preset !== undefined && { preset }) };
  const ask = { path: guardPath(kind, name), method: 'PUT', ...sentFor(options, body) } as const;
  return steer(world, settings, kind, ask, options);
}

/** Undefined where the file is none; what is wrong with it has been told. */
async function readSpec(world: World, path: string): Promise<JsonObject | undefined> {
  const read = await readDocument(path, await world.readText(path));
  if (read.kind === 'document' && isJsonObject(read.document)) return read.document;
  const faults = read.kind === 'faults' ? read.faults : [{ path: '', message: 'must be fields with their values' }];
  for (const line of faultLines(path, faults)) world.terminal.err.write(`${line}\n`);
  return undefined;
}

async function steer(world: World, { url }: Settings, kind: GuardKind, ask: Ask, { json = false }: GuardAsking) {
  const { out } = world.terminal;
  const said = await askEngine(world, url, ask);
  if (said.kind === 'problem') return tellProblem(world, said);
  const [head, ...rest] = guardLines(world, kind, said.body, paintOf(out));
  const lines = json ? [JSON.stringify(said.body)] : [`${head}${repeatedNote(said)}`, ...rest];
  for (const line of lines) out.write(`${line}\n`);
  return exitCodes.done;
}
