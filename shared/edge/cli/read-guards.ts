import type { JsonObject } from '../../core/json.ts';
import type { BreakerView, BulkheadView, GuardHealth } from '../../engine/guards/guards.ts';
import type { GuardLine } from '../../ports/index.ts';
import { askEngine } from './api-client.ts';
import { breakerLines, breakerRows, flat } from './breaker-lines.ts';
import { bulkheadLines, bulkheadRows } from './bulkhead-lines.ts';
import { exitCodes } from './exit-codes.ts';
import { fitted, type Paint, paintOf } from './paint.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** Commands that look at breakers and bulkheads. */

export type GuardKind = 'breaker' | 'bulkhead';
type Guard = BreakerView | BulkheadView;

export const guardsPath = (kind: GuardKind): string => `/api/v3/${kind}s`;
export const guardPath = (kind: GuardKind, name: string, ...more: readonly string[]): string =>
  [guardsPath(kind), ...[name, ...more].map(encodeURIComponent)].join('/');

export interface GuardsOptions {
  readonly state?: string;
  readonly size?: string;
  readonly pageToken?: string;
  readonly json?: boolean;
}

/** One page, by name. */
export async function listGuards(world: World, { url }: Settings, kind: GuardKind, options: GuardsOptions) {
  const { state, size = '50', pageToken, json = false } = options;
  const query = queryOf({ state, size, page_token: pageToken });
  return tell(world, url, `${guardsPath(kind)}?${query}`, json, (body, paint, columns) => {
    const guards = body[`${kind}s`] as unknown as readonly Guard[];
    if (guards.length === 0) world.terminal.err.write(`no ${kind}s${state === undefined ? '' : ' of this kind'}\n`);
    return kind === 'breaker'
      ? breakerRows(guards as readonly BreakerView[], world.clock.now(), columns, paint)
      : bulkheadRows(guards as readonly BulkheadView[], columns, paint);
  });
}

export async function getGuard(
  world: World,
  { url }: Settings,
  kind: GuardKind,
  name: string,
  { json = false }: GuardsOptions,
) {
  return tell(world, url, guardPath(kind, name), json, (body, paint) => guardLines(world, kind, body, paint));
}

/** Who changed what of it, and each transition: newest first. */
export async function auditGuard(
  world: World,
  { url }: Settings,
  kind: GuardKind,
  name: string,
  { size = '50', pageToken, json = false }: GuardsOptions,
) {
  const query = queryOf({ size, page_token: pageToken });
  return tell(world, url, `${guardPath(kind, name, 'audit')}?${query}`, json, (body, paint, columns) => {
    const lines = body['lines'] as unknown as readonly GuardLine[];
    if (lines.length === 0) world.terminal.err.write('nothing has happened to it\n');
    return lines.map((line) => fitted(auditLine(line, paint), columns));
  });
}

/** Where guards get what they share, and what is unwell. */
export async function tellGuards(world: World, { url }: Settings, { json = false }: GuardsOptions) {
  return tell(world, url, '/api/v3/orchestration/health', json, (body, paint, columns) => {
    const { mode, because, instances, breakers, bulkheads } = body as unknown as GuardHealth;
    const counts = (body['counts'] as { breakers: Record<string, number> }).breakers;
    const states = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
    const unwell = breakers.filter(({ state }) => state !== 'closed');
    const waited = bulkheads.filter(({ depth }) => depth > 0);
    const shown = mode === 'shared' ? paint.good(mode) : paint.wait(mode);
    return [
      `${shown}${because === undefined ? '' : `: ${flat(because)}`}`,
      `${instances} ${instances === 1 ? 'instance' : 'instances'}, ${bulkheads.length} bulkheads, breakers: ${states.join(', ') || 'none'}`,
      ...breakerRows(unwell, world.clock.now(), columns, paint),
      ...bulkheadRows(waited, columns, paint),
    ];
  });
}

export function guardLines({ clock }: World, kind: GuardKind, body: JsonObject, paint: Paint): readonly string[] {
  return kind === 'breaker'
    ? breakerLines(body as unknown as BreakerView, clock.now(), paint)
    : bulkheadLines(body as unknown as BulkheadView, paint);
}

type Lines = (body: JsonObject, paint: Paint, columns: number) => readonly string[];

async function tell(world: World, url: string, path: string, json: boolean, linesOf: Lines): Promise<number> {
  const { out } = world.terminal;
  const said = await askEngine(world, url, { path });
  if (said.kind === 'problem') return tellProblem(world, said);
  const lines = json ? [JSON.stringify(said.body)] : linesOf(said.body, paintOf(out), out.columns());
  for (const line of lines) out.write(`${line}\n`);
  const { page_token: token = null } = (said.body['page'] ?? {}) as { page_token?: string | null };
  if (!json && token !== null) world.terminal.err.write(`more with --page-token ${token}\n`);
  return exitCodes.done;
}

function auditLine({ at, action, by, because, before, after }: GuardLine, paint: Paint): string {
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  const change = action === 'transition' ? `${before} → ${after}` : action;
  return `${paint.dim(time)}  ${paint.bold(change)}  ${by}: ${flat(because)}`;
}

function queryOf(given: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const said = Object.entries(given).filter((each): each is [string, string] => each[1] !== undefined);
  return new URLSearchParams(said);
}
