import type { JsonObject } from '../../core/json.ts';
import { type Ask, askEngine } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { paintOf } from './paint.ts';
import { recoveryLines, recoveryRows } from './recovery-lines.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export const recoveriesPath = '/api/v3/recoveries';
export const recoveryPath = (recoveryId: string, ...more: readonly string[]): string =>
  [recoveriesPath, ...[recoveryId, ...more].map(encodeURIComponent)].join('/');

export interface RecoveriesOptions {
  readonly open?: boolean;
  readonly state?: string;
  readonly job?: string;
  readonly size?: string;
  readonly pageToken?: string;
  readonly json?: boolean;
}

/** One page, newest first. */
export async function listRecoveries(
  world: World,
  { url }: Settings,
  { open, state, job, size = '20', pageToken, json }: RecoveriesOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const states = [...(open ? ['open'] : []), ...(state === undefined ? [] : [state])].join(',');
  const query = new URLSearchParams({
    size,
    ...(states !== '' && { state: states }),
    ...(job !== undefined && { job }),
    ...(pageToken !== undefined && { page_token: pageToken }),
  });
  const said = await askEngine(world, url, { path: `${recoveriesPath}?${query}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  const { recoveries, page } = said.body as unknown as Listed;
  const rows = () => recoveries.flatMap((each) => recoveryRows(each, world.clock.now(), out.columns(), paintOf(out)));
  for (const line of json ? [JSON.stringify(said.body)] : rows()) out.write(`${line}\n`);
  if (json) return exitCodes.done;
  if (recoveries.length === 0) err.write(`no recoveries${states === '' ? '' : ' of this kind'}\n`);
  if (page.page_token !== null) err.write(`more with --page-token ${page.page_token}\n`);
  return exitCodes.done;
}

interface Listed {
  readonly recoveries: readonly JsonObject[];
  readonly page: { readonly page_token: string | null };
}

/** One with its progress, and how it is answered. */
export async function tellOneRecovery(
  world: World,
  { url }: Settings,
  recoveryId: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const { out } = world.terminal;
  const ask = (path: string) => askEngine(world, url, { path } satisfies Ask);
  const said = await ask(recoveryPath(recoveryId));
  if (said.kind === 'problem') return tellProblem(world, said);
  if (json) {
    out.write(`${JSON.stringify(said.body)}\n`);
    return exitCodes.done;
  }
  const progress = await ask(recoveryPath(recoveryId, 'progress'));
  if (progress.kind === 'problem') return tellProblem(world, progress);
  for (const line of recoveryLines(said.body, progress.body, world.clock.now(), paintOf(out))) out.write(`${line}\n`);
  return exitCodes.done;
}
