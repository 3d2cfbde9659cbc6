import { CodedError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Finding } from '../../jobs/index.ts';
import { askEngine, jobPath, type Said } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type Paint, paintOf } from './paint.ts';
import { recoveriesPath } from './read-recoveries.ts';
import { answerLines, findingText, recoveryLines, row } from './recovery-lines.ts';
import { type Asking, repeatedNote, sentFor, tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** What an operator may say beside an action. */
export interface HowOptions extends Asking {
  readonly node?: readonly string[];
  readonly delay?: string;
  readonly priority?: string;
  readonly target?: string;
  readonly checkpoint?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export interface RecoverOptions extends HowOptions {
  readonly action?: string;
}

/** Without an action first of all what was found, which the job's rules are asked about. */
export async function recoverJob(
  world: World,
  { url }: Settings,
  jobId: string,
  options: RecoverOptions,
): Promise<number> {
  const { out } = world.terminal;
  const { action, json } = options;
  const body = { job: jobId, ...(action !== undefined && { action }), ...howOf(options) };
  if (action === undefined && !json) {
    const found = await askEngine(world, url, { path: jobPath(jobId, 'diagnosis') });
    if (found.kind === 'problem') return tellProblem(world, found);
    for (const line of findingLines(found.body, paintOf(out))) out.write(`${line}\n`);
  }
  const said = await askEngine(world, url, { path: recoveriesPath, method: 'POST', ...sentFor(options, body) });
  if (said.kind === 'problem') return tellRefusal(world, said);
  return tellRecovery(world, said, json);
}

/** Finds out what is wrong with a job, and what can be done. */
export async function diagnoseJob(
  world: World,
  { url }: Settings,
  jobId: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const { out } = world.terminal;
  const said = await askEngine(world, url, { path: jobPath(jobId, 'diagnosis') });
  if (said.kind === 'problem') return tellProblem(world, said);
  const lines = json ? [JSON.stringify(said.body)] : diagnosisLines(said.body, paintOf(out));
  for (const line of lines) out.write(`${line}\n`);
  return exitCodes.done;
}

export function howOf({ node, delay, priority, target, checkpoint, to }: HowOptions): JsonObject {
  return {
    ...(node && { nodes: [...node] }),
    ...(delay !== undefined && { delay: /^\d+$/.test(delay) ? Number(delay) : delay }),
    ...(priority !== undefined && { priority: priorityOf(priority) }),
    ...(target !== undefined && { target }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(to !== undefined && { to }),
  };
}

export function tellRecovery(
  { terminal: { out }, clock }: World,
  said: Extract<Said, { kind: 'answer' }>,
  json = false,
): number {
  const [head, ...rest] = recoveryLines(said.body, undefined, clock.now(), paintOf(out));
  const lines = json ? [JSON.stringify(said.body)] : [`${head}${repeatedNote(said)}`, ...rest];
  for (const line of lines) out.write(`${line}\n`);
  return exitCodes.done;
}

/** What else could be done stands below what could not. */
export function tellRefusal(world: World, said: Extract<Said, { kind: 'problem' }>): number {
  const code = tellProblem(world, said);
  const allowed = (said.allowed ?? []).map((name) => commands[name] ?? name);
  if (allowed.length > 0) world.terminal.err.write(`possible now: ${allowed.join(', ')}\n`);
  return code;
}

/** What has another name at a terminal. */
const commands: Readonly<Record<string, string>> = {
  'answer-recovery': 'recoveries answer',
  'cancel-recovery': 'recoveries cancel',
};

interface Diagnosis {
  readonly jobId: string;
  readonly state: string;
  readonly findings: readonly Finding[];
  readonly recovery?: {
    readonly recoveryId: string;
    readonly state: string;
    readonly finding?: Finding;
    readonly options: readonly string[];
  };
  readonly remedy?: { readonly action: string; readonly finding: Finding; readonly because: string };
  readonly options: readonly string[];
}

function findingLines(body: JsonObject, paint: Paint): string[] {
  const { jobId, state, recovery, findings: current } = body as unknown as Diagnosis;
  // What a recovery asks about may show in no node, such as a deadline.
  const findings = current.length === 0 && recovery?.finding ? [recovery.finding] : current;
  if (findings.length === 0) return [`${paint.bold(jobId)}  ${state}: nothing was found to be wrong`];
  const head = `${paint.bold(jobId)}  ${state}`;
  return [head, ...findings.map((each, place) => row(place === 0 ? 'found' : '', paint.bad(findingText(each))))];
}

function diagnosisLines(body: JsonObject, paint: Paint): string[] {
  const { jobId, recovery, remedy, options } = body as unknown as Diagnosis;
  const lines = findingLines(body, paint);
  if (recovery) {
    lines.push(row('recovery', `${recovery.recoveryId} ${recovery.state}`));
    if (recovery.options.length > 0) lines.push(...answerLines(recovery.recoveryId, recovery.options, paint));
    return lines;
  }
  if (remedy) lines.push(row('rules', `${remedy.because}: breakwater recover ${jobId}`));
  if (options.length === 0) return lines;
  // What is typed off a screen at night must not take a job back: only a retry is written out.
  const action = options[0] === 'retry' ? 'retry' : 'ACTION';
  return [...lines, row('possible', options.join(', ')), row('', `breakwater recover ${jobId} --action ${action}`)];
}

function priorityOf(text: string): number {
  if (/^\d$/.test(text)) return Number(text);
  throw new CodedError('settings_invalid', `--priority must be a whole number from 0 to 9, and is "${text}".`);
}
