import { formatDuration } from '../../core/duration.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Finding } from '../../jobs/index.ts';
import { whenText } from './notices.ts';
import { fitted, type Paint } from './paint.ts';

/** Recoveries as a person on call reads them: what was found, what was done, what is waited for, what can be answered. */

/** As the API tells it. */
interface RecoveryView {
  readonly recoveryId: string;
  readonly jobId: string;
  readonly state: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly by: string;
  readonly finding: Finding;
  readonly nodes?: readonly string[];
  readonly steps: readonly Step[];
  readonly stepCount: number;
  readonly checkpoint?: string;
  readonly escalation?: Escalation;
}

interface Escalation {
  readonly since: number;
  readonly to?: string;
  readonly options: readonly string[];
  readonly tellings: number;
  readonly tellAt?: number;
}

interface Step {
  readonly at: number;
  readonly action: string;
  readonly node?: string;
  readonly by: string;
  readonly because: string;
}

interface ProgressView {
  readonly job: string;
  readonly settled: number;
  readonly total: number;
  readonly waitsFor: Wait | null;
}

type Wait =
  | { readonly kind: 'answer'; readonly since: number; readonly nodes?: readonly string[]; readonly to?: string }
  | { readonly kind: 'resume'; readonly since: number; readonly by: string }
  | { readonly kind: 'compensations'; readonly total: number; readonly settled: number }
  | { readonly kind: 'retry'; readonly node: string; readonly at: number }
  | { readonly kind: 'nodes'; readonly left: number }
  | { readonly kind: 'job' };

/** What is typed to act on it stands whole on the first line; of the rest as much as fits. */
export function recoveryRows(body: JsonObject, now: number, columns: number, paint: Paint): string[] {
  const recovery = body as unknown as RecoveryView;
  const { recoveryId, state, finding, startedAt, endedAt, escalation } = recovery;
  const time =
    endedAt === undefined ? `since ${agoText(now - startedAt)}` : `in ${formatDuration(endedAt - startedAt)}`;
  const rows = [
    `${paint.bold(recoveryId)}  ${stateText(state, paint)}  ${paint.dim(time)}`,
    `  ${fitted(findingText(finding), columns - 2)}`,
  ];
  if (escalation) rows.push(paint.wait(fitted(`  answer it with ${escalation.options.join(', ')}`, columns)));
  return rows;
}

/** One with all that is to be known of it. */
export function recoveryLines(body: JsonObject, progress: JsonObject | undefined, now: number, paint: Paint): string[] {
  const recovery = body as unknown as RecoveryView;
  const { recoveryId, state, finding, startedAt, by, nodes = [], checkpoint, escalation } = recovery;
  return [
    `${paint.bold(recoveryId)}  ${stateText(state, paint)}`,
    row('found', findingText(finding)),
    row('begun', `${timeText(startedAt)} by ${by}`),
    ...(nodes.length > 0 ? [row('nodes', nodes.join(', '))] : []),
    ...stepLines(recovery),
    ...(checkpoint === undefined ? [] : [row('kept', `the state before it, as checkpoint \`${checkpoint}\``)]),
    ...(progress ? progressLines(progress as unknown as ProgressView, now, paint) : []),
    ...(escalation ? unheardLines(escalation, now, paint) : []),
    ...(escalation ? answerLines(recoveryId, escalation.options, paint) : []),
  ];
}

/** Nobody comes whom the call has not reached. */
function unheardLines({ to, tellings, tellAt }: Escalation, now: number, paint: Paint): string[] {
  if (tellAt === undefined || tellings === 0) return [];
  const calls = `${tellings} ${tellings === 1 ? 'call' : 'calls'}, the next ${whenText(tellAt - now)}`;
  return [row('not heard', paint.bad(`${to ?? ''}: ${calls}`))];
}

export function answerLines(recoveryId: string, options: readonly string[], paint: Paint): string[] {
  return [
    row('answers', paint.wait(options.join(', '))),
    row('', `breakwater recoveries answer ${recoveryId} --do ${options[0] === 'retry' ? 'retry' : 'ACTION'}`),
  ];
}

/** `pay: failed_node (card_declined), the bank said no`. */
export function findingText({ kind, node, attempt, code, message }: Finding): string {
  if (kind === 'none') return message;
  const where = node === undefined ? '' : `${node}: `;
  const how = [code, attempt !== undefined && `attempt ${attempt}`].filter((part) => typeof part === 'string');
  const more = how.length === 0 ? '' : ` (${how.join(', ')})`;
  return `${where}${kind}${more}, ${message.replaceAll(/\s+/g, ' ')}`;
}

export function row(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${text}`;
}

function stepLines({ steps, stepCount }: RecoveryView): string[] {
  const earlier = stepCount - steps.length;
  return [
    ...(earlier > 0 ? [row('done', `${earlier} earlier steps, which the audit tells`)] : []),
    ...steps.map(({ at, action, node, by, because }, place) => {
      const what = node === undefined ? action : `${action} ${node}`;
      const isFirst = place === 0 && earlier === 0;
      return row(isFirst ? 'done' : '', `${timeText(at)}  ${what}, by ${by}: ${because.replaceAll(/\s+/g, ' ')}`);
    }),
  ];
}

function progressLines({ job, settled, total, waitsFor }: ProgressView, now: number, paint: Paint): string[] {
  const done = total === 0 ? '' : `, ${settled} of ${total} ${total === 1 ? 'node' : 'nodes'} settled`;
  const lines = [row('job', `${job}${done}`)];
  if (waitsFor) lines.push(row('waits for', paint.wait(waitText(waitsFor, now))));
  return lines;
}

function waitText(wait: Wait, now: number): string {
  switch (wait.kind) {
    case 'answer': {
      const told = wait.to === undefined ? '' : `, of ${wait.to}`;
      const about = wait.nodes && wait.nodes.length > 0 ? ` about ${wait.nodes.join(', ')}` : '';
      return `an answer${about}${told}, since ${agoText(now - wait.since)}`;
    }
    case 'resume':
      return `the job to be resumed: paused by ${wait.by} since ${agoText(now - wait.since)}`;
    case 'compensations':
      return `compensations, ${wait.settled} of ${wait.total} done`;
    case 'retry':
      return `the next attempt of ${wait.node} ${whenText(wait.at - now)}`;
    case 'nodes':
      return `${wait.left} ${wait.left === 1 ? 'node' : 'nodes'} to settle`;
    case 'job':
      return 'the end of the job';
  }
}

function stateText(state: string, paint: Paint): string {
  if (state === 'succeeded') return paint.good(state);
  if (state === 'escalated') return paint.wait(state);
  return state === 'acting' ? paint.busy(state) : paint.bad(state);
}

function agoText(ms: number): string {
  return formatDuration(Math.max(0, ms));
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
