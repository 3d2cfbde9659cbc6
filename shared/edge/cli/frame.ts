import { formatDuration } from '../../core/duration.ts';
import type { Job, NodeRun, NodeState, Wait } from '../../jobs/index.ts';
import { type JobProgress, progressOf } from '../../jobs/report/index.ts';
import { nodesUnderWay, whenText } from './notices.ts';
import { inLines, type Paint } from './paint.ts';

const nodesShown = 6;

/** The live display of one job: where it stands, how much of it is done, and what it is at. */
export function frameOf(job: Job, now: number, columns: number, paint: Paint): string[] {
  const progress = progressOf(job, now);
  const { state } = progress;
  const bar = barOf(progress.percent, Math.max(10, Math.min(40, columns - 50)), paint);
  const done = `${Math.floor(progress.percent)} %`.padStart(5);
  return [
    '',
    `${paint.bold(job.spec.name)}  ${paint.dim(job.id)}  ${paint.busy(state)}  ${formatDuration(progress.elapsedMs ?? 0)}`,
    [`${bar} ${paint.bold(done)}`, `${progress.settled} of ${progress.total} nodes`, ...estimateOf(progress)].join(
      '  ',
    ),
    ...inLines(countsOf(progress.counts, paint), columns - 1),
    ...nodesUnderWay(job, nodesShown).map(({ id, run }) => `  ${nodeLine(id, run, now, paint)}`),
  ];
}

/** The same in one line, for where nothing can be drawn over. */
export function progressLine(job: Job, now: number): string {
  const progress = progressOf(job, now);
  const { counts, settled, total, percent } = progress;
  const busy = (['running', 'waiting', 'retrying', 'failed'] as const).filter((state) => counts[state] > 0);
  const parts = [`${settled} of ${total} nodes (${Math.floor(percent)} %)`];
  return [...parts, ...busy.map((state) => `${counts[state]} ${state}`), ...estimateOf(progress)].join(', ');
}

/** Nodes of which nothing is known count as no time at all. */
function estimateOf({ estimate }: JobProgress): string[] {
  if (!estimate || estimate.remainingMs < 1) return [];
  return [`${estimate.unknownNodes > 0 ? 'at least' : 'about'} ${formatDuration(estimate.remainingMs)} left`];
}

function barOf(percent: number, width: number, paint: Paint): string {
  const full = Math.round((width * percent) / 100);
  return `${paint.good('█'.repeat(full))}${paint.dim('░'.repeat(width - full))}`;
}

const marks: readonly (readonly [NodeState, string, keyof Paint])[] = [
  ['succeeded', '✔', 'good'],
  ['running', '●', 'busy'],
  ['waiting', '◌', 'wait'],
  ['retrying', '↻', 'wait'],
  ['failed', '✖', 'bad'],
  ['skipped', '–', 'dim'],
  ['cancelled', '×', 'dim'],
];

function countsOf(counts: JobProgress['counts'], paint: Paint): string[] {
  const shown = marks.filter(([state]) => counts[state] > 0);
  const toCome = counts.blocked + counts.ready;
  return [
    ...shown.map(([state, mark, tone]) => paint[tone](`${mark} ${counts[state]} ${state}`)),
    ...(toCome > 0 ? [paint.dim(`· ${toCome} to come`)] : []),
  ];
}

function nodeLine(id: string, run: NodeRun, now: number, paint: Paint): string {
  const [, mark, tone] = marks.find(([state]) => state === run.state) ?? ['', '·', 'dim'];
  const since =
    'startedAt' in run && run.startedAt !== undefined ? formatDuration(Math.max(0, now - run.startedAt)) : '';
  return `${paint[tone as keyof Paint](mark)} ${id}  ${paint.dim([noteOf(run, now), since].filter((part) => part !== '').join(', '))}`;
}

function noteOf(run: NodeRun, now: number): string {
  if (run.state === 'waiting') return waitText(run.on, now);
  if (run.state === 'retrying') return `${run.failure.code}, attempt ${run.attempt + 1} ${whenText(run.retryAt - now)}`;
  return run.state === 'running' && run.attempt > 1 ? `attempt ${run.attempt}` : '';
}

function waitText(on: Wait, now: number): string {
  switch (on.kind) {
    case 'time':
      return `goes on ${whenText(on.until - now)}`;
    case 'signal':
      return `waits for the signal \`${on.name}\``;
    case 'callback':
      return 'waits to be called back';
    case 'child':
      return `job ${on.jobId}`;
    case 'decision':
      return `failed (${on.failure.code}), waits for a decision`;
    case 'items':
      return `${on.unsettled} ${on.unsettled === 1 ? 'item' : 'items'} to go`;
  }
}
