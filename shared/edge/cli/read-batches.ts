import type { JsonObject } from '../../core/json.ts';
import { askEngine } from './api-client.ts';
import { batchLine, batchLines } from './batch-lines.ts';
import { exitCodes } from './exit-codes.ts';
import { batchesPath } from './order-batch.ts';
import { fitted, paintOf } from './paint.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export interface BatchesOptions {
  readonly state?: string;
  readonly results?: boolean;
  readonly outcome?: string;
  readonly size?: string;
  readonly pageToken?: string;
  readonly json?: boolean;
}

/** One page of all, one batch, or one page of its results. */
export async function tellBatches(
  world: World,
  { url }: Settings,
  batchId: string | undefined,
  options: BatchesOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const said = await askEngine(world, url, { path: pathOf(batchId, options) });
  if (said.kind === 'problem') return tellProblem(world, said);
  const lines = options.json ? [JSON.stringify(said.body)] : linesOf(world, said.body);
  for (const line of lines) out.write(`${line}\n`);
  if (options.json || !isPage(said.body)) return exitCodes.done;
  const token = said.body.page.page_token;
  if (lines.length === 0) err.write(token === null ? 'none\n' : 'none so far\n');
  if (token !== null) err.write(`more with --page-token ${token}\n`);
  return exitCodes.done;
}

export async function cancelBatch(
  world: World,
  { url }: Settings,
  batchId: string,
  { json }: Pick<BatchesOptions, 'json'>,
): Promise<number> {
  const { out } = world.terminal;
  const said = await askEngine(world, url, { path: `${onePath(batchId)}/cancel`, method: 'POST' });
  if (said.kind === 'problem') return tellProblem(world, said);
  const line = `${batchLine(said.body, paintOf(out))}${said.isRepeated ? ' (this had been done before)' : ''}`;
  out.write(`${json ? JSON.stringify(said.body) : line}\n`);
  return exitCodes.done;
}

const onePath = (batchId: string): string => `${batchesPath}/${encodeURIComponent(batchId)}`;

function pathOf(batchId: string | undefined, { state, results, outcome, size = '20', pageToken }: BatchesOptions) {
  const page = { size, ...(pageToken !== undefined && { page_token: pageToken }) };
  if (batchId === undefined)
    return `${batchesPath}?${new URLSearchParams({ ...page, ...(state !== undefined && { state }) })}`;
  if (!results && outcome === undefined) return onePath(batchId);
  return `${onePath(batchId)}/results?${new URLSearchParams({ ...page, ...(outcome !== undefined && { outcome }) })}`;
}

type Page = JsonObject & { readonly page: { readonly page_token: string | null } };

const isPage = (body: JsonObject): body is Page => 'page' in body;

function linesOf({ terminal: { out } }: World, body: JsonObject): string[] {
  const paint = paintOf(out);
  if (Array.isArray(body['batches'])) return (body['batches'] as JsonObject[]).map((each) => batchLine(each, paint));
  if (Array.isArray(body['results']))
    return (body['results'] as Result[]).map((each) => resultLine(each, out.columns()));
  return batchLines(body, paint);
}

interface Result {
  readonly jobId: string;
  readonly outcome: string;
  readonly because?: string;
  readonly message?: string;
}

function resultLine({ jobId, outcome, because, message }: Result, columns: number): string {
  const why = [because, message?.replaceAll(/\s+/g, ' ')].filter((text) => text !== undefined).join(': ');
  return fitted(`${jobId}  ${outcome.padEnd(8)}  ${why}`.trimEnd(), columns);
}
