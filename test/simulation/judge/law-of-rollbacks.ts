import type { AuditLine, Job, NodeRun } from '../../../shared/jobs/index.ts';
import { dependenciesOf, idsOf, mapOf, runsOf, specAt, undosIn } from './reading.ts';
import type { Law } from './step.ts';

type Blame = (sentence: string) => void;

/**
 * A rollback compensates every completed node once at most, all of them when it ends, and nothing before everything that was built on it.
 * While it lasts nothing but compensations begins.
 */
export const rollbacksAreOrderly: Law = ({ before, after, audit, lines }, blame) => {
  const { rollbacks } = after.header;
  const starts = audit.findIndex(({ event, node }) => event === 'rollbackStarted' && node === undefined);
  const ends = audit.findIndex(({ event }) => event === 'rolledBack' || event === 'cancelled');
  if (before?.header.rollback && starts >= 0 && (ends < 0 || starts < ends)) blame('a rollback began within another');
  if (before?.header.rollback && after.header.rollback) nothingElseBegins(after, audit, blame);
  if (!rollbacks) return;
  const undos = undosIn(after.header);
  const ids = idsOf(after);
  const runs = runsOf(after);
  const seen = new Set<string>();
  for (const { of, attempt } of undos) {
    if (seen.has(`${of} ${attempt}`)) blame(`attempt ${attempt} of ${ids[of]} has two compensations`);
    seen.add(`${of} ${attempt}`);
  }
  for (const line of audit)
    if (line.to === 'succeeded')
      checkOnce(
        lines,
        line,
        undos.map(({ index }) => ids[index]!),
        blame,
      );
  for (const { index, of } of undos) {
    if (audit.some(({ node, event }) => node === ids[index] && event === 'unblocked'))
      checkOrder(after, runs, ids, of, lines, blame);
  }
  if (audit.some(({ event }) => event === 'rolledBack')) checkWhole(after, runs, ids, blame);
};

function nothingElseBegins({ header, spec }: Job, audit: readonly AuditLine[], blame: Blame): void {
  for (const { node, to, event } of audit) {
    const isUndo = node?.startsWith('undo(') ?? true;
    if (!isUndo && (to === 'ready' || to === 'running' || to === 'retrying'))
      blame(`node ${node} of ${spec.name} began by ${event} in the rollback of ${header.rollback!.since}`);
  }
}

function checkOnce(lines: readonly AuditLine[], line: AuditLine, ids: readonly string[], blame: Blame): void {
  if (!ids.includes(line.node ?? '')) return;
  const times = lines.filter(({ node, to }) => node === line.node && to === 'succeeded').length;
  if (times > 1) blame(`${line.node} succeeded ${times} times`);
}

/** What was built on it, by way of anything, and succeeded, was over before. */
function checkOrder(
  job: Job,
  runs: readonly NodeRun[],
  ids: readonly string[],
  of: number,
  lines: readonly AuditLine[],
  blame: Blame,
): void {
  const above = builtOn(job, mapOf(job.header, of) ?? of);
  const started = lines.findLast(({ node, event }) => node === undoOf(job, ids, of) && event === 'unblocked')!;
  ids.forEach((id, index) => {
    if (
      !above.has(mapOf(job.header, index) ?? index) ||
      !hasCompensation(job, index) ||
      runs[index]!.state !== 'succeeded'
    )
      return;
    const undo = undoOf(job, ids, index);
    const isOver = lines.some(
      ({ node, to, seq }) => node === undo && (to === 'succeeded' || to === 'skipped') && seq < started.seq,
    );
    if (undo === undefined || !isOver) blame(`${ids[of]} is compensated before ${id}, which was built on it`);
  });
}

function checkWhole(job: Job, runs: readonly NodeRun[], ids: readonly string[], blame: Blame): void {
  ids.forEach((id, index) => {
    if (runs[index]!.state !== 'succeeded' || !hasCompensation(job, index)) return;
    const undo = undoOf(job, ids, index);
    const state = undo === undefined ? 'without a compensation' : runs[ids.indexOf(undo)]!.state;
    if (state !== 'succeeded' && state !== 'skipped') blame(`the rollback has ended and ${id} is ${state}`);
  });
}

function undoOf(job: Job, ids: readonly string[], of: number): string | undefined {
  const run = runsOf(job)[of]!;
  const undo = undosIn(job.header).find((each) => each.of === of && 'attempt' in run && each.attempt === run.attempt);
  return undo && ids[undo.index];
}

function hasCompensation(job: Job, index: number): boolean {
  if (undosIn(job.header).some((undo) => undo.index === index)) return false;
  const spec = specAt(job, index);
  return 'compensate' in spec && spec.compensate !== undefined;
}

function builtOn({ spec }: Job, place: number): ReadonlySet<number> {
  const found = new Set([place]);
  for (const each of found)
    spec.nodes.forEach((_, other) => {
      if (dependenciesOf(spec, other).includes(each)) found.add(other);
    });
  found.delete(place);
  return found;
}
