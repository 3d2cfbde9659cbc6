import { parseDuration } from '../../core/duration.ts';
import { CodedError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { askEngine } from './api-client.ts';
import { batchLine, countText } from './batch-lines.ts';
import { exitCodes } from './exit-codes.ts';
import { fitted, paintOf } from './paint.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export interface BatchOptions {
  readonly state?: string;
  readonly name?: string;
  readonly failureCode?: string;
  readonly since?: string;
  readonly until?: string;
  readonly all?: boolean;
  readonly do?: string;
  readonly delay?: string;
  readonly priority?: string;
  readonly checkpoint?: string;
  readonly to?: string;
  readonly rate?: string;
  readonly reason?: string;
  readonly id?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export const batchesPath = '/api/v3/batches';

/** What many jobs are concerned with is done only by who says so: without `--yes` it is shown. */
export async function orderBatch(
  world: World,
  { url }: Settings,
  action: string,
  options: BatchOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const isMeant = options.yes === true && options.dryRun !== true;
  const body = { ...bodyOf(world, action, options), ...(!isMeant && { dryRun: true }) };
  const said = await askEngine(world, url, { path: batchesPath, method: 'POST', body });
  if (said.kind === 'problem') return tellProblem(world, said);
  if (options.json) out.write(`${JSON.stringify(said.body)}\n`);
  else if (isMeant) out.write(`${batchLine(said.body, paintOf(out))}\n`);
  else for (const line of previewLines(said.body)) out.write(`${fitted(line, out.columns())}\n`);
  if (isMeant && said.isRepeated) err.write('this was asked for before under the same id\n');
  if (isMeant || options.dryRun) return exitCodes.done;
  err.write('nothing was done: say it again with --yes to do it\n');
  return exitCodes.usage;
}

function bodyOf(world: World, action: string, options: BatchOptions): JsonObject {
  const { state, name, failureCode, since, until, all, rate, reason, id } = options;
  const filter = {
    ...(state !== undefined && { state: state.split(',') }),
    ...(name !== undefined && { name }),
    ...(failureCode !== undefined && { failureCode }),
    ...(since !== undefined && { from: timeOf(world, 'since', since) }),
    ...(until !== undefined && { to: timeOf(world, 'until', until) }),
  };
  return {
    action,
    filter,
    ...(all && { all }),
    ...recoveryOf(options),
    ...(rate !== undefined && { ratePerSecond: numberOf('rate', rate) }),
    ...(reason !== undefined && { reason }),
    ...(id !== undefined && { id }),
  };
}

/** A time as it is written, or so long ago. */
function timeOf({ clock }: World, option: string, text: string): string | number {
  const ago = parseDuration(text);
  if (ago !== undefined) return clock.now() - ago;
  if (!Number.isNaN(Date.parse(text))) return text;
  throw new CodedError(
    'settings_invalid',
    `--${option} must be a time such as 2026-01-31T12:00:00Z, or 24h: so long ago, and is "${text}".`,
  );
}

/** What of recovery was said; the API says what of it does not go together. */
function recoveryOf({ do: action, delay, priority, checkpoint, to }: BatchOptions): JsonObject {
  const recovery = {
    ...(action !== undefined && { action }),
    ...(delay !== undefined && { delay }),
    ...(priority !== undefined && { priority: numberOf('priority', priority) }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(to !== undefined && { to }),
  };
  return Object.keys(recovery).length > 0 ? { recovery } : {};
}

function numberOf(option: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new CodedError('settings_invalid', `--${option} must be a number, and is "${text}".`);
}

function previewLines(preview: JsonObject): string[] {
  const { action, expected, byState, shown } = preview as unknown as Preview;
  const states = Object.entries(byState).map(([state, count]) => `${count} ${state}`);
  // Nothing has been done yet.
  const foreseen = (outcome: string) => (outcome === 'done' ? 'possible' : outcome);
  const width = Math.max(0, ...shown.map(({ outcome }) => foreseen(outcome).length));
  return [
    `${action} would be asked of ${countText(expected)}${states.length > 0 ? `: ${states.join(', ')}` : ''}`,
    ...shown.map(({ jobId, name, state, outcome, because, after }) => {
      const then =
        outcome === 'done' ? `${state} → ${after}` : `${state}${because === undefined ? '' : `, ${because}`}`;
      return `  ${jobId}  ${foreseen(outcome).padEnd(width)}  ${then}  ${name}`;
    }),
    ...(shown.length < expected.jobs ? [`  … and ${expected.jobs - shown.length} more`] : []),
  ];
}

interface Preview {
  readonly action: string;
  readonly expected: { readonly jobs: number; readonly isMore: boolean };
  readonly byState: Readonly<Record<string, number>>;
  readonly shown: readonly {
    readonly jobId: string;
    readonly name: string;
    readonly state: string;
    readonly outcome: string;
    readonly because?: string;
    readonly after: string;
  }[];
}
