import { CodedError, messageOf } from '../../core/error.ts';
import type { AuditLine, AuditVerdict } from '../../jobs/index.ts';
import { askEngine, jobPath, request, saidBy } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type Paint, paintOf } from './paint.ts';
import { readLines } from './read-lines.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export interface AuditOptions {
  readonly json?: boolean;
  /** Only lines with a higher number. */
  readonly after?: string;
}

/** What happened to a job so far, in order; as NDJSON what the engine exports, byte for byte but for line breaks. */
export async function tellAudit(
  world: World,
  { url }: Settings,
  jobId: string,
  { json = false, after }: AuditOptions,
): Promise<number> {
  const { out } = world.terminal;
  const query = after === undefined ? '' : `?${new URLSearchParams({ after })}`;
  const response = await request(world, url, { path: `${jobPath(jobId, 'audit', 'export')}${query}` });
  if (!response.ok) {
    const said = await saidBy(response, url);
    if (said.kind === 'problem') return tellProblem(world, said);
  }
  const paint = paintOf(out);
  let seen = after ?? '0';
  try {
    for await (const line of readLines<AuditLine>(response)) {
      out.write(`${json ? JSON.stringify(line) : lineText(line, paint)}\n`);
      seen = String(line.seq);
    }
  } catch (thrown) {
    const message = `the audit broke off after line ${seen} (${messageOf(thrown)}); \`--after ${seen}\` goes on there`;
    throw new CodedError('engine_unreachable', message, { cause: thrown });
  }
  return exitCodes.done;
}

/** Ends with 1 when the audit is broken, and names the line. */
export async function verifyAudit(
  world: World,
  { url }: Settings,
  jobId: string,
  { json = false, seal }: { readonly json?: boolean; readonly seal?: string },
): Promise<number> {
  const { out, err } = world.terminal;
  const query = seal === undefined ? '' : `?${new URLSearchParams({ seal })}`;
  const said = await askEngine(world, url, { path: `${jobPath(jobId, 'audit', 'verify')}${query}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  const verdict = said.body as unknown as AuditVerdict & { readonly message?: string };
  if (json) out.write(`${JSON.stringify(verdict)}\n`);
  else if (verdict.kind === 'whole') out.write(`${wholeText(verdict)}\n`);
  else err.write(`breakwater: the audit of ${jobId} is broken: ${verdict.message}\n`);
  return verdict.kind === 'whole' ? exitCodes.done : exitCodes.failed;
}

function wholeText({ lines, unsealedUntil, seal }: Extract<AuditVerdict, { kind: 'whole' }>): string {
  const count = lines === 1 ? '1 line' : `${lines} lines`;
  if (seal === undefined) return `unsealed  ${count}, stored before there were seals`;
  const before = unsealedUntil === 0 ? '' : `, unsealed until line ${unsealedUntil}`;
  return `whole  ${count}${before}, seal ${seal}`;
}

function lineText(line: AuditLine, paint: Paint): string {
  const {
    seq,
    at,
    event,
    node,
    attempt,
    to,
    job,
    items,
    action,
    finding,
    failure,
    retryAt,
    because,
    by,
    session,
    request,
    trace,
  } = line;
  const parts = [
    `${paint.dim(`${String(seq).padStart(5)}  ${timeText(at)}`)}  ${event}`,
    node !== undefined && paint.bold(node),
    attempt !== undefined && `attempt ${attempt}`,
    to !== undefined && `→ ${to}`,
    items !== undefined && `${items} items`,
    action !== undefined && `${action}${finding === undefined ? '' : ` on ${finding}`}`,
    failure && paint.bad(`${failure.code}: ${failure.message}`),
    retryAt !== undefined && `again ${timeText(retryAt)}`,
    because !== undefined && `because ${because}`,
    by !== undefined && `by ${by}`,
    session !== undefined && `recovery ${session}`,
    request !== undefined && `request ${request}`,
    trace !== undefined && `trace ${trace}`,
    job !== undefined && paint.busy(`job ${job}`),
  ];
  return parts.filter((part) => typeof part === 'string').join('  ');
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
