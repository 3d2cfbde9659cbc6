import { formatDuration } from '../../core/duration.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Paint } from './paint.ts';

/** A batch as the API tells it. */
interface BatchView {
  readonly batchId: string;
  readonly action: string;
  readonly state: string;
  readonly by: string;
  readonly reason?: string;
  readonly filter: JsonObject;
  readonly createdAt: number;
  readonly endedAt?: number;
  readonly expected: { readonly jobs: number; readonly isMore: boolean };
  readonly counts: Readonly<Record<string, number>>;
  readonly passed: number;
  readonly percent: number;
  readonly remainingMs?: number;
}

/** `10000 jobs`, `1 job`, `10000 jobs or more`. */
export function countText({ jobs, isMore }: BatchView['expected']): string {
  return `${jobs} ${jobs === 1 ? 'job' : 'jobs'}${isMore ? ' or more' : ''}`;
}

export function batchLine(body: JsonObject, paint: Paint): string {
  const batch = body as unknown as BatchView;
  const { batchId, action, state } = batch;
  return `${batchId}  ${stateText(state, paint)}  ${action}  ${progressText(batch)}`;
}

/** One batch with all that is to be known of it. */
export function batchLines(body: JsonObject, paint: Paint): string[] {
  const batch = body as unknown as BatchView;
  const { by, reason, filter, createdAt, counts } = batch;
  const chosen = Object.entries(filter).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(',') : value}`,
  );
  const outcomes = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    batchLine(body, paint),
    `  asked for  ${new Date(createdAt).toISOString()} by ${by}${reason === undefined ? '' : `: ${reason}`}`,
    `  jobs       ${chosen.length === 0 ? 'all' : chosen.join(', ')}`,
    `  outcomes   ${outcomes.length === 0 ? 'none yet' : outcomes.map(([name, count]) => `${count} ${name}`).join(', ')}`,
  ];
}

function progressText({ state, passed, percent, expected, remainingMs, createdAt, endedAt }: BatchView): string {
  if (endedAt !== undefined) {
    const all =
      state === 'cancelled' ? `${passed} of ${countText(expected)}` : countText({ jobs: passed, isMore: false });
    return `${all} in ${formatDuration(endedAt - createdAt)}`;
  }
  const left =
    remainingMs === undefined || passed >= expected.jobs ? '' : `, about ${formatDuration(remainingMs)} left`;
  return `${passed} of ${countText(expected)}, ${percent} %${left}`;
}

function stateText(state: string, paint: Paint): string {
  if (state === 'completed') return paint.good(state);
  return state === 'cancelled' ? paint.bad(state) : paint.busy(state);
}
