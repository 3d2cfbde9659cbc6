import { formatDuration } from '../../core/duration.ts';
import { type Job, type JobState, type NodeState, nodeAt, nodeCount, nodeIdAt, nodeStates } from '../../jobs/index.ts';
import { type JobReport, reportOf } from '../../jobs/report/index.ts';
import type { StoreUsage } from '../../ports/index.ts';
import type { Paint } from './paint.ts';

/** What `run --json` and `get --json` print. */
export interface RunReport extends JobReport {
  readonly store: Pick<StoreUsage, 'reads' | 'writes' | 'deletes' | 'conflicts'>;
  readonly fsyncs: number;
}

export function runReportOf(job: Job, usage: StoreUsage): RunReport {
  const { reads, writes, deletes, conflicts, fsyncs } = usage;
  return { ...reportOf(job), store: { reads, writes, deletes, conflicts }, fsyncs };
}

const failuresShown = 10;

/** The end of a run for people. */
export function summaryOf(job: Job, report: RunReport, paint: Paint): string[] {
  const { state } = report;
  const [sign, tone] = endings[state] ?? ['◌', 'wait'];
  return [
    `${paint[tone](sign)} ${paint.bold(job.spec.name)} ${paint[tone](state)}  ${paint.dim(job.id)}`,
    ...failureLines(job, paint),
    row('nodes', nodesText(report)),
    row('attempts', attemptsText(report)),
    row('wall time', timesText(report)),
    row('store', storeText(report)),
  ];
}

const endings: Readonly<Partial<Record<JobState, readonly [string, keyof Paint]>>> = {
  completed: ['✔', 'good'],
  failed: ['✖', 'bad'],
  aborted: ['✖', 'bad'],
};

function row(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${text}`;
}

function failureLines(job: Job, paint: Paint): string[] {
  const { failure } = job.header;
  const failed: string[] = [];
  for (let index = 0; index < nodeCount(job) && failed.length < failuresShown; index++) {
    const run = nodeAt(job, index);
    if (run.state === 'failed') failed.push(`${nodeIdAt(job, index)}: ${run.failure?.message ?? 'no reason'}`);
  }
  const lines = failure ? [`${failure.message} (${failure.code})`, ...failed] : failed;
  return lines.map((line) => `  ${paint.bad(line.replaceAll(/\s+/g, ' '))}`);
}

function nodesText({ nodes }: JobReport): string {
  const counts = new Map<NodeState, number>();
  for (const { state } of nodes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = nodeStates.filter((state) => counts.has(state)).map((state) => `${counts.get(state)} ${state}`);
  return `${nodes.length}: ${parts.join(', ')}`;
}

function attemptsText({ nodes }: JobReport): string {
  const attempts = nodes.reduce((sum, node) => sum + node.attempts, 0);
  const again = nodes.reduce((sum, node) => sum + Math.max(0, node.attempts - 1), 0);
  return again === 0 ? String(attempts) : `${attempts}, ${again} of them repeated`;
}

function timesText({ makespanMs, criticalPathMs, sequentialMs }: JobReport): string {
  if (makespanMs === null) return 'not over yet';
  const ratio = criticalPathMs > 0 ? ` (${(makespanMs / criticalPathMs).toFixed(2)} ×)` : '';
  const path = `critical path ${formatDuration(criticalPathMs)}${ratio}`;
  return `${formatDuration(makespanMs)}; ${path}; one after the other ${formatDuration(sequentialMs)}`;
}

function storeText({ nodes, store, fsyncs }: RunReport): string {
  const each = (operations: number) => (operations / Math.max(1, nodes.length)).toFixed(2);
  const rare = { deletes: store.deletes, conflicts: store.conflicts, fsyncs };
  const told = Object.entries(rare).flatMap(([name, count]) => (count === 0 ? [] : [`, ${count} ${name}`]));
  return `${each(store.writes)} writes and ${each(store.reads)} reads a node (${store.writes} and ${store.reads})${told.join('')}`;
}
