import { formatDuration } from '../../core/duration.ts';
import { codeOf } from '../../core/error.ts';
import type { AuditLine } from '../../jobs/index.ts';
import { jobPath, request, unreachable } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type Paint, paintOf } from './paint.ts';
import { readEvents, type StreamEvent } from './read-events.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, Stop, World } from './world.ts';

/** A stream that breaks off is taken up again where it was; after so many failures in a row the engine counts as gone. */
const failuresMax = 10;
const againAfterMs = 1_000;

/** Follows a job line by line to its end. */
export async function watchJob(
  world: World,
  { url }: Settings,
  jobId: string,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  const stop = world.catchStop();
  const tell = lineTeller(world, json);
  let seen = '0';
  for (let failures = 0; ; failures++) {
    try {
      const path = jobPath(jobId, 'events');
      const response = await request(world, url, { path, headers: { 'last-event-id': seen } }, stop.signal);
      if (!response.ok) return tellProblem(world, await problemOf(response));
      for await (const event of readEvents(response)) {
        failures = 0;
        seen = event.id || seen;
        if (event.kind === 'end') return codeFor((JSON.parse(event.data) as { state: string }).state);
        tell(event);
      }
    } catch (thrown) {
      if (stop.signal.aborted) return stop.exitCode;
      if (failures >= failuresMax || (failures === 0 && seen === '0')) throw asUnreachable(url, thrown);
    }
    if (await gaveUp(world, stop)) return stop.exitCode;
  }
}

async function gaveUp({ clock }: World, { signal }: Stop): Promise<boolean> {
  await clock.sleep(againAfterMs, signal);
  return signal.aborted;
}

function asUnreachable(url: string, thrown: unknown): unknown {
  return codeOf(thrown) === 'engine_unreachable' ? thrown : unreachable(url, thrown);
}

async function problemOf(response: Response) {
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; next?: string };
  const lines = [body.detail ?? `status ${response.status}`, body.next].filter((line) => line !== undefined);
  return { kind: 'problem', code: body.code ?? String(response.status), lines, faults: [] } as const;
}

function codeFor(state: string): number {
  return state === 'completed' ? exitCodes.done : exitCodes.failed;
}

function lineTeller({ terminal: { out } }: World, json: boolean): (event: StreamEvent) => void {
  const paint = paintOf(out);
  let first: number | undefined;
  let asked: string | undefined;
  return ({ data }) => {
    if (json) return out.write(`${data}\n`);
    const line = JSON.parse(data) as AuditLine;
    first ??= line.at;
    out.write(`${paint.dim(formatDuration(line.at - first).padStart(10))}  ${auditText(line, paint)}\n`);
    const { event, action, session } = line;
    if (event === 'recoveryAnswered') asked = undefined;
    if (action !== 'escalate' || session === undefined || session === asked) return;
    asked = session;
    out.write(`${' '.repeat(12)}${paint.wait(`it waits for an answer: breakwater recoveries ${session}`)}\n`);
  };
}

function auditText({ event, node, attempt, to, job, because, by, failure, items }: AuditLine, paint: Paint): string {
  const what = node === undefined ? `job ${event}` : `${paint.bold(node)} ${to ?? event}`;
  const notes = [
    attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
    items !== undefined && `${items} items`,
    failure && paint.bad(failure.message),
    because,
    by !== undefined && `by ${by}`,
  ].filter((note) => typeof note === 'string');
  const notesText = notes.length > 0 ? ` (${notes.join(', ')})` : '';
  return `${what}${notesText}${job === undefined ? '' : `  ${paint.busy(`job ${job}`)}`}`;
}
