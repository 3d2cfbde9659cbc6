import { formatDuration } from '../../core/duration.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Finding } from '../../jobs/index.ts';
import { askEngine, jobPath, type Said } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type Paint, paintOf } from './paint.ts';
import { answerLines, findingText, row } from './recovery-lines.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** Commands that only look. */

export async function getJob(
  world: World,
  { url }: Settings,
  jobId: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const { out } = world.terminal;
  const ask = (...more: string[]): Promise<Said> => askEngine(world, url, { path: jobPath(jobId, ...more) });
  const said = await ask(...(json ? ['report'] : []));
  if (said.kind === 'problem') return tellProblem(world, said);
  if (json) out.write(`${JSON.stringify(said.body)}\n`);
  else {
    const progress = await ask('progress');
    if (progress.kind === 'problem') return tellProblem(world, progress);
    for (const line of jobLines(said.body, progress.body, paintOf(out))) out.write(`${line}\n`);
  }
  return exitCodes.done;
}

function jobLines(job: JsonObject, progress: JsonObject, paint: Paint): string[] {
  const { name, jobId, state, counts, failure, result, nodes } = job;
  const { elapsedMs, percent, estimate } = progress as {
    elapsedMs: number | null;
    percent: number;
    estimate: JsonObject | null;
  };
  const byState = Object.entries(counts as Record<string, number>).filter(([, count]) => count > 0);
  const left = estimate ? `, about ${formatDuration(Number(estimate['remainingMs']))} left` : '';
  const lines = [
    `${paint.bold(String(name))} ${stateText(String(state), paint)}  ${paint.dim(String(jobId))}`,
    `  submitted  ${timeText(job['submittedAt'])}`,
    `  nodes      ${String(nodes)}: ${byState.map(([each, count]) => `${count} ${each}`).join(', ')}`,
    `  progress   ${percent} %${elapsedMs === null ? '' : ` in ${formatDuration(elapsedMs)}`}${left}`,
  ];
  lines.push(...standingLines(job, paint));
  if (failure) lines.push(`  failure    ${paint.bad(String((failure as JsonObject)['message']))}`);
  if (result !== undefined) lines.push(`  result     ${JSON.stringify(result)}`);
  return lines;
}

/** What acts on it, or waits for an answer; and what it can go back to. */
function standingLines({ recovery, checkpoints, compensations }: JsonObject, paint: Paint): string[] {
  const lines: string[] = [];
  if (recovery) {
    const { recoveryId, state, finding, options } = recovery as unknown as OpenRecovery;
    lines.push(row('recovery', `${recoveryId} ${state}: ${findingText(finding)}`));
    if (options.length > 0) lines.push(...answerLines(recoveryId, options, paint));
  }
  if (compensations) lines.push(row('taken back', takenBackText(compensations as unknown as Compensations)));
  const names = ((checkpoints ?? []) as readonly JsonObject[]).map(({ name }) => String(name));
  const older = names.length > checkpointsShown ? `, and ${names.length - checkpointsShown} older` : '';
  return names.length === 0 ? lines : [...lines, row('kept', `${names.slice(-checkpointsShown).join(', ')}${older}`)];
}

const checkpointsShown = 5;

/** What was not taken back is what somebody has to look at. */
function takenBackText({ total, succeeded, skipped, failed }: Compensations): string {
  const rest = Object.entries({ skipped, failed }).filter(([, count]) => count > 0);
  return `${succeeded} of ${total}${rest.map(([what, count]) => `, ${count} ${what}`).join('')}`;
}

type Compensations = Readonly<Record<'total' | 'succeeded' | 'skipped' | 'failed', number>>;

interface OpenRecovery {
  readonly recoveryId: string;
  readonly state: string;
  readonly finding: Finding;
  readonly options: readonly string[];
}

export interface ListOptions {
  readonly state?: string;
  readonly name?: string;
  readonly failureCode?: string;
  readonly size?: string;
  readonly pageToken?: string;
  readonly json?: boolean;
}

/** Newest first, one page. */
export async function listJobs(
  world: World,
  { url }: Settings,
  { state, name, failureCode, size = '20', pageToken, json }: ListOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const query = new URLSearchParams({
    size,
    ...(state !== undefined && { state }),
    ...(name !== undefined && { name }),
    ...(failureCode !== undefined && { failureCode }),
    ...(pageToken !== undefined && { page_token: pageToken }),
  });
  const said = await askEngine(world, url, { path: `/api/v3/jobs?${query}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  if (json) {
    out.write(`${JSON.stringify(said.body)}\n`);
    return exitCodes.done;
  }
  const paint = paintOf(out);
  const { jobs, page } = said.body as unknown as { jobs: readonly JsonObject[]; page: { page_token: string | null } };
  for (const job of jobs) out.write(`${rowOf(job, paint)}\n`);
  if (jobs.length === 0) err.write('no jobs\n');
  if (page.page_token !== null) err.write(`more with --page-token ${page.page_token}\n`);
  return exitCodes.done;
}

function rowOf(job: JsonObject, paint: Paint): string {
  const { submittedAt, endedAt } = job as { submittedAt: number; endedAt?: number };
  const took = endedAt === undefined ? '' : formatDuration(endedAt - submittedAt);
  const state = String(job['state']);
  return [
    String(job['jobId']),
    `${stateText(state, paint)}${' '.repeat(Math.max(0, 11 - state.length))}`,
    timeText(submittedAt),
    took.padStart(12),
    String(job['name']),
  ].join('  ');
}

function stateText(state: string, paint: Paint): string {
  if (state === 'completed') return paint.good(state);
  return state === 'failed' || state === 'aborted' ? paint.bad(state) : paint.busy(state);
}

function timeText(ms: unknown): string {
  return new Date(Number(ms)).toISOString();
}
