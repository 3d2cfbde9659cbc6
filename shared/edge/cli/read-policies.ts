import { askEngine } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { paintOf } from './paint.ts';
import { type PolicyView, policyLines, policyRows } from './policy-lines.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export const policiesPath = '/api/v3/retry-policies';
export const policyPath = (name: string): string => `${policiesPath}/${encodeURIComponent(name)}`;

/** `careful@3`: no name has an @ in it. */
export function nameAndVersion(text: string): { readonly name: string; readonly version?: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { name: text } : { name: text.slice(0, at), version: text.slice(at + 1) };
}

export interface ListOptions {
  readonly size?: string;
  readonly pageToken?: string;
  readonly json?: boolean;
}

/** By name, one page. */
export async function listPolicies(
  world: World,
  { url }: Settings,
  { size = '50', pageToken, json }: ListOptions,
): Promise<number> {
  const { out, err } = world.terminal;
  const query = new URLSearchParams({ size, ...(pageToken !== undefined && { page_token: pageToken }) });
  const said = await askEngine(world, url, { path: `${policiesPath}?${query}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  const { policies, page } = said.body as unknown as Listed;
  const lines = json ? [JSON.stringify(said.body)] : policyRows(policies, out.columns(), paintOf(out));
  for (const line of lines) out.write(`${line}\n`);
  if (json) return exitCodes.done;
  if (policies.length === 0) err.write('no policies\n');
  if (page.page_token !== null) err.write(`more with --page-token ${page.page_token}\n`);
  return exitCodes.done;
}

interface Listed {
  readonly policies: readonly PolicyView[];
  readonly page: { readonly page_token: string | null };
}

export async function getPolicy(
  world: World,
  { url }: Settings,
  named: string,
  { versions, json }: { readonly versions?: boolean; readonly json?: boolean },
): Promise<number> {
  const { out } = world.terminal;
  const { name, version } = nameAndVersion(named);
  const asked = version === undefined ? '' : `?${new URLSearchParams({ version })}`;
  const said = await askEngine(world, url, { path: `${policyPath(name)}${versions ? '/versions' : asked}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  const paint = paintOf(out);
  const linesOf = () =>
    versions
      ? policyRows((said.body as unknown as { versions: readonly PolicyView[] }).versions, out.columns(), paint)
      : policyLines(said.body as unknown as PolicyView, paint);
  for (const line of json ? [JSON.stringify(said.body)] : linesOf()) out.write(`${line}\n`);
  return exitCodes.done;
}
