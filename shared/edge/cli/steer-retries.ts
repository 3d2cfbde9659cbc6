import type { JsonObject } from '../../core/json.ts';
import { askEngine, jobPath } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { whenText } from './notices.ts';
import { fitted, type Paint, paintOf } from './paint.ts';
import { type Asking, nodeLine, repeatedNote, sentFor, tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** Commands about scheduled retries: which there are, and what an operator does about one. */

export interface RetriesOptions {
  readonly name?: string;
  readonly size?: string;
  readonly pageToken?: string;
  readonly json?: boolean;
}

/** One page, of all jobs or of one, the soonest first. */
export async function listRetries(
  world: World,
  { url }: Settings,
  jobId: string | undefined,
  { name, size = '20', pageToken, json }: RetriesOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const query = new URLSearchParams({
    size,
    ...(name !== undefined && { name }),
    ...(pageToken !== undefined && { page_token: pageToken }),
  });
  const list = jobId === undefined ? '/api/v3/retries' : jobPath(jobId, 'retries');
  const said = await askEngine(world, url, { path: `${list}?${query}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  if (json) {
    out.write(`${JSON.stringify(said.body)}\n`);
    return exitCodes.done;
  }
  const { retries, page } = said.body as unknown as { retries: readonly Retry[]; page: { page_token: string | null } };
  for (const retry of retries)
    for (const line of linesOf(retry, world.clock.now(), out.columns(), paintOf(out))) out.write(`${line}\n`);
  const isLast = page.page_token === null;
  if (retries.length === 0) err.write(isLast ? 'no retries are scheduled\n' : 'none in the jobs looked at so far\n');
  if (!isLast) err.write(`more with --page-token ${page.page_token}\n`);
  return exitCodes.done;
}

interface Retry {
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly retryAt: number;
  readonly failures: number;
  readonly failure: { readonly code: string; readonly message: string };
}

/** What is typed to act on it stands whole on the first line; of the failure as much as fits. */
function linesOf(retry: Retry, now: number, columns: number, paint: Paint): string[] {
  const { jobId, nodeId, attempt, retryAt, failures, failure } = retry;
  const many = failures === 0 ? '' : failures === 1 ? '1 failure ' : `${failures} failures, the last `;
  return [
    `${jobId}  ${paint.bold(nodeId)}  ${paint.wait(`attempt ${attempt + 1} ${whenText(retryAt - now)}`)}`,
    paint.dim(fitted(`  ${many}${failure.code}: ${failure.message.replaceAll(/\s+/g, ' ')}`, columns)),
  ];
}

export interface OverruleOptions extends Asking {
  readonly attempt?: string;
  readonly json?: boolean;
}

/** Acts on the retry that the node waits for as this is typed, unless an attempt is named. */
export async function overruleRetry(
  world: World,
  { url }: Settings,
  action: 'retry' | 'cancel-retry',
  jobId: string,
  nodeId: string,
  { attempt, json, ...asking }: OverruleOptions,
): Promise<number> {
  const node = jobPath(jobId, 'nodes', nodeId);
  const seen = attempt === undefined ? await askEngine(world, url, { path: node }) : undefined;
  if (seen?.kind === 'problem') return tellProblem(world, seen);
  const about = { attempt: seen ? attemptOf(seen.body) : Number(attempt) };
  const said = await askEngine(world, url, { path: `${node}/${action}`, method: 'POST', ...sentFor(asking, about) });
  if (said.kind === 'problem') return tellProblem(world, said);
  const text = json ? JSON.stringify(said.body) : `${nodeLine(said.body)}${repeatedNote(said)}`;
  world.terminal.out.write(`${text}\n`);
  return exitCodes.done;
}

/** A node that has had no attempt waits for no retry, and is refused whichever is named. */
function attemptOf({ attempt }: JsonObject): number {
  return Math.max(1, Number(attempt));
}
